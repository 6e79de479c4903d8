"""Where figures come from by themselves: HTTP, and queries on the team's own database."""
