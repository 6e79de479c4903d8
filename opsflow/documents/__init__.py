"""Documents: Jinja templates over a dossier of plain values, in Markdown and HTML, English and Chinese."""
