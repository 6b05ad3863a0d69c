"""What a campaign will find, and whether its groups could be compared, before it is sent."""
