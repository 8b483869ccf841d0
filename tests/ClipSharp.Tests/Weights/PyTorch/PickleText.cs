using System.Text;

namespace ClipSharp.Tests.Weights.PyTorch;

/// <summary>Pieces of pickles; a letter is a byte.</summary>
internal static class PickleText
{
    public const string OrderedDict = "ccollections\nOrderedDict\n)R";

    /// <summary>A storage of the crafted archives.</summary>
    public static string Storage(string key = "0", long count = 4, string type = "torch\nFloatStorage") =>
        $"({Word("storage")}c{type}\n{Word(key)}{Word("cpu")}{Integer(count)}tQ";

    public static string Tensor(string storage, long offset, long[] shape, long[] strides) =>
        $"ctorch._utils\n_rebuild_tensor_v2\n({storage}{Integer(offset)}{Tuple(shape)}{Tuple(strides)}\u0089{OrderedDict}tR";

    /// <summary>The four floats.</summary>
    public static string Tensor() => Tensor(Storage(), 0, [4], [1]);

    /// <summary>A dictionary with one member w.</summary>
    public static string Dictionary(string value) => $"}}{Word("w")}{value}s";

    public static string Word(string text) => $"X{Four((uint)text.Length)}{text}";

    public static string Four(uint value) => Encoding.Latin1.GetString(CraftedZip.U32(value));

    public static string Integer(long value) => value is >= int.MinValue and <= int.MaxValue
        ? $"J{Four((uint)value)}"
        : $"\u008a\u0008{Encoding.Latin1.GetString(CraftedZip.U64((ulong)value))}";

    public static string Tuple(params long[] values) => $"({string.Concat(values.Select(Integer))}t";

    /// <summary>The whole pickle, protocol 2, with the opcode that ends it.</summary>
    public static byte[] Whole(string body) => Encoding.Latin1.GetBytes($"\u0080\u0002{body}.");
}
