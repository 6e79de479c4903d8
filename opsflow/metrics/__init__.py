"""What a campaign measures: figures against target and forecast, alerts, activity and retention."""
