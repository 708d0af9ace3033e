"""Workers that talk through MPI. Importing a module of this package starts MPI."""
