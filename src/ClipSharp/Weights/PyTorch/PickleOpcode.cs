namespace ClipSharp.Weights.PyTorch;

/// <summary>The opcodes that are read: those of PyTorch's restricted reader and the four that protocol 4 adds to them. Values and
/// names are those of Python's <c>pickletools</c>.</summary>
internal enum PickleOpcode : byte
{
    Mark = (byte)'(',
    Stop = (byte)'.',
    None = (byte)'N',
    BinInt = (byte)'J',
    BinInt1 = (byte)'K',
    BinInt2 = (byte)'M',
    BinFloat = (byte)'G',
    ShortBinString = (byte)'U',
    BinUnicode = (byte)'X',
    BinPersId = (byte)'Q',
    Reduce = (byte)'R',
    Build = (byte)'b',
    Global = (byte)'c',
    Append = (byte)'a',
    Appends = (byte)'e',
    SetItem = (byte)'s',
    SetItems = (byte)'u',
    BinGet = (byte)'h',
    LongBinGet = (byte)'j',
    BinPut = (byte)'q',
    LongBinPut = (byte)'r',
    Tuple = (byte)'t',
    EmptyTuple = (byte)')',
    EmptyList = (byte)']',
    EmptyDict = (byte)'}',
    Proto = 0x80,
    NewObj = 0x81,
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    NewTrue = 0x88,
    NewFalse = 0x89,
    Long1 = 0x8a,
    ShortBinUnicode = 0x8c,
    EmptySet = 0x8f,
    StackGlobal = 0x93,
    Memoize = 0x94,
    Frame = 0x95,
}

/// <summary>Names of the opcodes that are refused, for the message.</summary>
internal static class RefusedOpcodes
{
    private static readonly Dictionary<byte, string> Names = new()
    {
        [(byte)'I'] = "INT",
        [(byte)'L'] = "LONG",
        [0x8b] = "LONG4",
        [(byte)'S'] = "STRING",
        [(byte)'T'] = "BINSTRING",
        [(byte)'B'] = "BINBYTES",
        [(byte)'C'] = "SHORT_BINBYTES",
        [0x8e] = "BINBYTES8",
        [0x96] = "BYTEARRAY8",
        [0x97] = "NEXT_BUFFER",
        [0x98] = "READONLY_BUFFER",
        [(byte)'V'] = "UNICODE",
        [0x8d] = "BINUNICODE8",
        [(byte)'F'] = "FLOAT",
        [(byte)'l'] = "LIST",
        [(byte)'d'] = "DICT",
        [0x90] = "ADDITEMS",
        [0x91] = "FROZENSET",
        [(byte)'0'] = "POP",
        [(byte)'2'] = "DUP",
        [(byte)'1'] = "POP_MARK",
        [(byte)'g'] = "GET",
        [(byte)'p'] = "PUT",
        [0x82] = "EXT1",
        [0x83] = "EXT2",
        [0x84] = "EXT4",
        [(byte)'i'] = "INST",
        [(byte)'o'] = "OBJ",
        [0x92] = "NEWOBJ_EX",
        [(byte)'P'] = "PERSID",
    };

    public static string Name(byte opcode) =>
        Names.TryGetValue(opcode, out var name) ? $"{name} (0x{opcode:x2})" : $"0x{opcode:x2}, which is none";
}
