"""Changes of an SOP: what is proposed, how two versions differ, and the file of the next one."""
