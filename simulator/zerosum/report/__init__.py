"""What a reader sees: tables, documents, figures. They compute nothing."""
