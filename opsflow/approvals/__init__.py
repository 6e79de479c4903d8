"""Approvals: a subject, the hash of its content, the seats that must agree, and their votes."""
