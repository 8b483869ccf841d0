namespace ClipSharp.Weights.PyTorch;

// What a pickle can hold here, beside null, bool, long, BigInteger, double and string. None of it runs anything.

/// <summary>A tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A list.</summary>
internal sealed record PickleList(List<object?> Items);

/// <summary>The empty set; the opcodes that fill sets are refused.</summary>
internal sealed record PickleSet;

/// <summary>A dictionary; keys are strings and integers.</summary>
/// <param name="isOrdered">Whether it is Python's OrderedDict, which may carry attributes besides.</param>
internal sealed class PickleDictionary(bool isOrdered)
{
    public bool IsOrdered => isOrdered;

    public OrderedDictionary<object, object?> Items { get; } = new(KeyComparer.Instance);

    // A long's own hash is the sum of its halves: a file could make a million keys collide.
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? x, object? y) => object.Equals(x, y);

        public int GetHashCode(object key) =>
            key is long number ? HashCode.Combine((int)number, (int)(number >> 32)) : key.GetHashCode();
    }
}

/// <summary>A name that the reader knows; never looked up among types or methods.</summary>
/// <param name="Name">Module and name, with a dot between.</param>
/// <param name="Kind">What may be done with it.</param>
internal sealed record PickleGlobal(string Name, PickleGlobalKind Kind);

/// <summary>An object of which only the attributes matter: of a TorchScript class, or one that is kept apart from
/// tensors.</summary>
/// <param name="global">Its class.</param>
internal sealed class PickleObject(PickleGlobal global)
{
    public PickleGlobal Global => global;

    /// <summary>Its attributes, as the file gives them.</summary>
    public object? State { get; set; }
}

/// <summary>The numbers that tensors are views of.</summary>
/// <param name="key">Its name in the file.</param>
/// <param name="type">Number format.</param>
/// <param name="count">Numbers in it.</param>
internal sealed class TorchStorage(string key, TensorType type, long count)
{
    public string Key => key;

    public TensorType Type => type;

    public long Count => count;

    public long ByteLength => checked(count * type.Size());

    /// <summary>First byte, counted from the start of the file. The older format says it behind the pickle.</summary>
    public long Offset { get; set; }

    /// <summary>The zip's record that promises a checksum; the older format has none.</summary>
    public ZipRecord? Record { get; init; }
}

/// <summary>A tensor: a view of a storage.</summary>
/// <param name="Storage">Its numbers.</param>
/// <param name="Offset">Its first number's place in the storage.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Strides">Numbers from one index to the next, for each size.</param>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    public long ByteLength => Shapes.ByteLength(Storage.Type, Shape);

    /// <summary>Whether its numbers lie one behind the other in its own order.</summary>
    public bool IsDense
    {
        get
        {
            if (Shape.Contains(0))
            {
                return true;
            }

            var expected = 1L;
            for (var axis = Shape.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected)
                {
                    return false;
                }

                expected *= Shape[axis];
            }

            return true;
        }
    }
}
