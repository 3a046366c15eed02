"""What is computed: pictures and models. Knows no Redis and no sockets."""
