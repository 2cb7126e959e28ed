"""From a slice's bytes to typed rows: inflate, decode, mend or reject, sort, write.

The fast path decodes whole blocks of lines straight into typed values; whatever it refuses goes
through the careful path, object by object. Neither touches the network.
"""
