using System.Collections.Frozen;

namespace ClipSharp.Weights.PyTorch;

/// <summary>What may be done with a name in a pickle.</summary>
internal enum PickleGlobalKind
{
    /// <summary>REDUCE gives an empty ordered dictionary.</summary>
    OrderedDictionary,

    /// <summary>REDUCE gives a tensor from storage, offset, shape and strides.</summary>
    Tensor,

    /// <summary>REDUCE gives the tensor that is its first argument.</summary>
    Parameter,

    /// <summary>REDUCE gives its first argument: a tuple of sizes, or a list of a TorchScript archive.</summary>
    First,

    /// <summary>The type in a storage's persistent id.</summary>
    Storage,

    /// <summary>A value by itself.</summary>
    Constant,

    /// <summary>REDUCE and NEWOBJ give an object that holds no tensor: its arguments are dropped, BUILD keeps its state
    /// unread.</summary>
    Inert,

    /// <summary>NEWOBJ gives an object whose attributes BUILD sets.</summary>
    Module,
}

/// <summary>The names that tensor checkpoints use. All others are refused where they stand, as PyTorch's restricted reader does
/// (<c>torch/_weights_only_unpickler.py</c>); names stand for data here and are never resolved.</summary>
internal static class PickleGlobals
{
    private static readonly FrozenDictionary<string, TensorType> Storages = new Dictionary<string, TensorType>
    {
        ["torch.FloatStorage"] = TensorType.F32,
        ["torch.HalfStorage"] = TensorType.F16,
        ["torch.BFloat16Storage"] = TensorType.BF16,
        ["torch.DoubleStorage"] = TensorType.F64,
        ["torch.LongStorage"] = TensorType.I64,
        ["torch.IntStorage"] = TensorType.I32,
        ["torch.ShortStorage"] = TensorType.I16,
        ["torch.CharStorage"] = TensorType.I8,
        ["torch.ByteStorage"] = TensorType.U8,
        ["torch.BoolStorage"] = TensorType.Bool,
        ["torch.storage.UntypedStorage"] = TensorType.U8,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, PickleGlobalKind> Known = Table()
        .ToFrozenDictionary(row => row.Name, row => row.Kind);

    private static readonly FrozenSet<string> TorchScriptLists = Names(
        "build_intlist", "build_doublelist", "build_boollist", "build_tensorlist", "restore_type_tag").ToFrozenSet();

    /// <param name="module">As in the pickle.</param>
    /// <param name="name">As in the pickle.</param>
    /// <param name="isTorchScript">Whether classes of the archive's own code are expected.</param>
    /// <returns>Null for a name that is refused.</returns>
    public static PickleGlobal? Find(string module, string name, bool isTorchScript)
    {
        var full = $"{module}.{name}";
        return Known.TryGetValue(full, out var kind) ? new PickleGlobal(full, kind)
            : !isTorchScript ? null
            : module == "__torch__" || module.StartsWith("__torch__.", StringComparison.Ordinal)
            ? new PickleGlobal(full, PickleGlobalKind.Module)
            : TorchScriptLists.Contains(full) ? new PickleGlobal(full, PickleGlobalKind.First)
            : null;
    }

    /// <summary>The number format of a storage's type.</summary>
    public static bool TryStorage(object? value, out TensorType type)
    {
        type = default;
        return value is PickleGlobal { Kind: PickleGlobalKind.Storage } global && Storages.TryGetValue(global.Name, out type);
    }

    /// <summary>The storage type that PyTorch has for a number format; null where it has none.</summary>
    public static string? StorageOf(TensorType type) =>
        Storages.Where(row => row.Value == type && row.Key.Count(c => c == '.') == 1).Select(row => row.Key["torch.".Length..])
            .FirstOrDefault();

    private static IEnumerable<(string Name, PickleGlobalKind Kind)> Table()
    {
        yield return ("collections.OrderedDict", PickleGlobalKind.OrderedDictionary);
        yield return ("torch._utils._rebuild_tensor", PickleGlobalKind.Tensor);
        yield return ("torch._utils._rebuild_tensor_v2", PickleGlobalKind.Tensor);
        yield return ("torch._utils._rebuild_parameter", PickleGlobalKind.Parameter);
        yield return ("torch.nn.parameter.Parameter", PickleGlobalKind.Parameter);
        yield return ("torch.Size", PickleGlobalKind.First);
        yield return ("torch.device", PickleGlobalKind.Inert);
        foreach (var storage in Storages.Keys)
        {
            yield return (storage, PickleGlobalKind.Storage);
        }

        yield return ("torch.storage.TypedStorage", PickleGlobalKind.Constant);
        string[] types = ["float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool", "half",
            "float", "double"];
        foreach (var type in types)
        {
            yield return ($"torch.{type}", PickleGlobalKind.Constant);
        }

        string[] inert =
        [
            "argparse.Namespace", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar",
            "numpy.core.multiarray._reconstruct",
            "numpy._core.multiarray._reconstruct", "numpy.dtype", "numpy.ndarray", "_codecs.encode", "__builtin__.set",
            "builtins.set",
        ];
        foreach (var name in inert)
        {
            yield return (name, PickleGlobalKind.Inert);
        }
    }

    private static IEnumerable<string> Names(params string[] names) => names.Select(name => $"torch.jit._pickle.{name}");
}
