"""The machinery of a release build: working folder and swap, workers, index, parts.

`kg.release` is the way in. A build runs in three steps: records are mapped by workers that
write compressed documents into spools; an index on disk decides which document of a number
keeps its IRI and in which order documents go into parts; the finished folder is swapped in.
"""
