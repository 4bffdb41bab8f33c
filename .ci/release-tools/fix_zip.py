"""Copies a zip that cargo-lambda made, with the same time and permissions whenever and wherever it was made.

cargo-lambda compresses with a library of its own, of a fixed version, so that the same binary gives the same
compressed bytes. Its zip has the binary's time of modification and mode besides, which this replaces in place. The
positions are those of the zip format (PKWARE's APPNOTE, 4.3.7 and 4.3.12).
"""

import struct
import sys
import zipfile

EARLIEST = (0, 0x21)  # 1980-01-01 00:00:00, the first time that the format knows.
MODE = 0o100755  # An executable file.


def fixed(path):
    with zipfile.ZipFile(path) as archive:
        names, central = archive.namelist(), archive.start_dir
    if names != ["bootstrap"]:
        sys.exit(f"{path} has {names} in place of a bootstrap alone")
    with open(path, "rb") as file:
        data = bytearray(file.read())
    if data[:4] != b"PK\x03\x04" or data[central : central + 4] != b"PK\x01\x02":
        sys.exit(f"{path} has its headers elsewhere")
    struct.pack_into("<HH", data, 10, *EARLIEST)
    struct.pack_into("<HH", data, central + 12, *EARLIEST)
    struct.pack_into("<I", data, central + 38, MODE << 16)
    return data


def main(source, destination):
    with open(destination, "wb") as file:
        file.write(fixed(source))
    with zipfile.ZipFile(destination) as archive:
        if archive.testzip() is not None:
            sys.exit(f"{destination} is damaged")


if __name__ == "__main__":
    main(*sys.argv[1:])
