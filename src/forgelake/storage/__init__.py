"""Objects under a URI, on a local folder or in an S3 bucket."""

from forgelake.storage.faults import NoSuchObjectError
from forgelake.storage.objects import ObjectInfo, Storage
from forgelake.storage.paths import checked_path
from forgelake.storage.place import Place, S3Options

__all__ = ["NoSuchObjectError", "ObjectInfo", "Place", "S3Options", "Storage", "checked_path"]
