"""Pages that anybody may see: forms, status pages, unsubscribing, the embedding script, the forms' API."""
