"""Files that entries come from: our own exports, plain lines and tables, and what GPTCache keeps."""
