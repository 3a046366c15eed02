"""Model files of the local system: which are needed, and how they are downloaded."""
