"""Reports as files: PDF, XLSX, CSV. They know documents and rows only, not where figures come from."""
