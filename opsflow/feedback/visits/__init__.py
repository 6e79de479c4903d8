"""Return visits: who of customer service calls whom after the campaign, and what came of it."""
