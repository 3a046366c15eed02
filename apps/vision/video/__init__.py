"""Video files and network streams: demultiplexing, pictures, and orientation."""
