"""SQL of strangers: read-only, over the lake's tables only, with limits that hold.

Three walls, each of which would do alone for most: the query is parsed by DuckDB and every table and function in it has
to be a known one; DuckDB itself may open no file but the lake's and has its settings locked; and all of it happens in
a process of its own, with limits of the operating system, that is killed when its time is over.
"""
