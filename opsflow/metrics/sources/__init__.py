"""Sources of figures that are asked when they are due."""
