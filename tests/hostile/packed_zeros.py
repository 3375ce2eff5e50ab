"""Many zeros as zlib compresses them, made in the time that a few take."""

import zipfile
import zlib

_BLOCK = bytes(10_000_000)


def gzip_of_zeros(start: bytes, count: int) -> bytes:
    """Return a gzip archive of some bytes and so many zeros."""
    length = (len(start) + count) % 2**32
    header = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    check = _crc32(start, count)
    return header + _deflated(start, count) + check.to_bytes(4, "little") + length.to_bytes(4, "little")


def write_zeros(archive: zipfile.ZipFile, name: str, start: bytes, count: int) -> None:
    """Add an entry of some bytes and so many zeros to an archive; `zipfile` itself would compress them one by one."""
    content, file = _deflated(start, count), archive.fp
    assert file is not None
    info = zipfile.ZipInfo(name)
    info.compress_type, info.CRC = zipfile.ZIP_DEFLATED, _crc32(start, count)
    info.file_size, info.compress_size = len(start) + count, len(content)
    info.header_offset = file.tell()
    file.write(info.FileHeader() + content)
    archive.start_dir = file.tell()  # as `ZipFile.writestr` keeps it
    archive.filelist.append(info)
    archive.NameToInfo[name] = info


def zlib_of_zeros(start: bytes, count: int) -> bytes:
    """Return a stream of zlib of some bytes and so many zeros."""
    check = zlib.adler32(start)
    for zeros in _parts(count):
        check = zlib.adler32(zeros, check)
    return b"\x78\xda" + _deflated(start, count) + check.to_bytes(4, "big")


def _crc32(start: bytes, count: int) -> int:
    check = zlib.crc32(start)
    for zeros in _parts(count):
        check = zlib.crc32(zeros, check)
    return check


def _parts(count: int) -> list[bytes]:
    whole_count, left_count = divmod(count, len(_BLOCK))
    return [_BLOCK] * whole_count + [bytes(left_count)]


def _deflated(start: bytes, count: int) -> bytes:
    """Return the stream without its frame.

    A full flush lets zlib forget all that came before, so that the same block can follow any number of times.
    """
    packer = zlib.compressobj(9, wbits=-15)
    begun = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(_BLOCK) + packer.flush(zlib.Z_FULL_FLUSH)
    *whole, rest = _parts(count)
    return begun + block * len(whole) + packer.compress(rest) + packer.flush()
