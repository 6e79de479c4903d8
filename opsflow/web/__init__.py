"""The pages: where campaigns stand, to read; and links that approve or reject for people whose channel has no buttons."""
