"""What leaves the house: letters by SMTP or into files, and signed webhooks."""
