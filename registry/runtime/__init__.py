"""What `./run` is made of: environment, embedded PostgreSQL and Redis, and the supervisor of the processes.

Nothing here imports Django or the rest of the project, so that it also runs before anything is installed.
"""
