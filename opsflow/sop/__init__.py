"""The standard operating procedure: a versioned document and programme in one."""
