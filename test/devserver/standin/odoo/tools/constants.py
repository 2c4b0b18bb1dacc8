EXTERNAL_ASSET = object()
