"""Video files and network streams: demultiplexing, pictures, orientation and pace.

No service is needed: a program that reads recordings uses these modules as they are.
"""
