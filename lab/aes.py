# SPDX-License-Identifier: GPL-2.0-or-later
"""AES key schedules as the kernel has them in memory, so that searches recognize them."""


def _multiply(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11b if a & 0x80 else 0)
        b >>= 1
    return product


def _substitute(byte):
    inverse = 1
    for _ in range(254):
        inverse = _multiply(inverse, byte)
    return 0x63 ^ inverse ^ _rotated(inverse, 1) ^ _rotated(inverse, 2) ^ \
        _rotated(inverse, 3) ^ _rotated(inverse, 4)


def _rotated(byte, bits):
    return (byte << bits | byte >> 8 - bits) & 0xff


_SBOX = bytes(map(_substitute, range(256)))


def encryption_schedule(key):
    """Return all round keys one after the other. The first is the beginning of the key."""
    words = [key[at:at + 4] for at in range(0, len(key), 4)]
    length, constant = len(words), 1
    while len(words) < 4 * (length + 7):
        word = words[-1]
        if len(words) % length == 0:
            word = bytes(_SBOX[byte] for byte in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _multiply(constant, 2)
        elif length == 8 and len(words) % 8 == 4:
            word = bytes(_SBOX[byte] for byte in word)
        words.append(bytes(a ^ b for a, b in zip(words[-length], word)))
    return b"".join(words)


def _unmixed(word):
    return bytes(_multiply(word[row], 14) ^ _multiply(word[(row + 1) % 4], 11) ^
                 _multiply(word[(row + 2) % 4], 13) ^ _multiply(word[(row + 3) % 4], 9)
                 for row in range(4))


def decryption_schedule(key):
    """Return the schedule of the equivalent inverse cipher: the round keys in reverse order, with
    mixed columns undone."""
    keys = round_keys(encryption_schedule(key))[::-1]
    return b"".join([keys[0]] + [_unmixed(each[at:at + 4]) for each in keys[1:-1]
                                 for at in range(0, 16, 4)] + [keys[-1]])


def round_keys(schedule):
    return [schedule[at:at + 16] for at in range(0, len(schedule), 16)]
