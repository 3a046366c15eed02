"""Library for pictures, video and models; independent of Redis and of sockets."""
