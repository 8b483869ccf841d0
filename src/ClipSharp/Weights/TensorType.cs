namespace ClipSharp.Weights;

/// <summary>Number formats of stored tensors, named as safetensors names them and in its order, which is that of a file's
/// tensors from last to first.</summary>
public enum TensorType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>Unsigned, 1 byte.</summary>
    U8,

    /// <summary>Signed, 1 byte.</summary>
    I8,

    /// <summary>Float, 1 byte: 5 bits of exponent, 2 of mantissa.</summary>
    F8E5M2,

    /// <summary>Float, 1 byte: 4 bits of exponent, 3 of mantissa.</summary>
    F8E4M3,

    /// <summary>Signed, 2 bytes.</summary>
    I16,

    /// <summary>Unsigned, 2 bytes.</summary>
    U16,

    /// <summary>IEEE half precision, 2 bytes.</summary>
    F16,

    /// <summary>The upper half of a float32, 2 bytes.</summary>
    BF16,

    /// <summary>Signed, 4 bytes.</summary>
    I32,

    /// <summary>Unsigned, 4 bytes.</summary>
    U32,

    /// <summary>IEEE single precision, 4 bytes.</summary>
    F32,

    /// <summary>IEEE double precision, 8 bytes.</summary>
    F64,

    /// <summary>Signed, 8 bytes.</summary>
    I64,

    /// <summary>Unsigned, 8 bytes.</summary>
    U64,
}

/// <summary>Sizes and names of the number formats.</summary>
public static class TensorTypes
{
    // Index = (int)TensorType.
    private static readonly (string Name, int Size)[] Table =
    [
        ("BOOL", 1), ("U8", 1), ("I8", 1), ("F8_E5M2", 1), ("F8_E4M3", 1), ("I16", 2), ("U16", 2), ("F16", 2), ("BF16", 2),
        ("I32", 4), ("U32", 4), ("F32", 4), ("F64", 8), ("I64", 8), ("U64", 8),
    ];

    /// <summary>All names, as safetensors writes them.</summary>
    public static IEnumerable<string> Names => Table.Select(row => row.Name);

    /// <summary>Bytes of one number.</summary>
    public static int Size(this TensorType type) => Table[(int)type].Size;

    /// <summary>The name safetensors writes, such as "BF16".</summary>
    public static string Name(this TensorType type) => Table[(int)type].Name;

    /// <summary>The type of a safetensors name.</summary>
    /// <returns>False for a name this version does not read.</returns>
    public static bool TryParse(string name, out TensorType type)
    {
        var index = Array.FindIndex(Table, row => row.Name == name);
        type = (TensorType)Math.Max(index, 0);
        return index >= 0;
    }
}
