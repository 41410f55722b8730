"""Groups leads into inspection cases, ranks them and writes dossiers. Pure: values in, values out."""
