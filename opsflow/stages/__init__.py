"""The life of stages and tasks, meetings and their minutes, and what people do with them."""
