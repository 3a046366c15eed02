"""The services of Elastic Inference and the libraries they stand on."""
