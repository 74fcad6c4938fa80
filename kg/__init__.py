"""cellkg: a knowledge graph of cell-therapy trials."""
