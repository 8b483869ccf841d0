using ClipSharp.Weights.PyTorch;

namespace ClipSharp.Weights;

/// <summary>Writes what <c>torch.save(state_dict)</c> writes: a zip file that <c>torch.load</c> reads, also restricted to
/// weights. The pickle needs only names that PyTorch's restricted reader knows; every tensor has a record of its own on a 64-byte
/// bound. The same tensors in the same order give the same bytes.</summary>
public static class TorchArchiveWriter
{
    // PyTorch's own name for an archive that is written into a stream.
    private const string Root = "archive";

    /// <summary>Writes a file, one tensor after the other, in the order given, which becomes the dictionary's.</summary>
    /// <param name="file">Where to; written from its position on, and never sought in.</param>
    /// <param name="tensors">Their names must differ.</param>
    /// <exception cref="ArgumentException">A name is unfit or stands twice, PyTorch has no such number format, or bytes and shape
    /// disagree.</exception>
    public static void Write(Stream file, IEnumerable<NamedTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(file);
        var list = tensors.ToList();
        Check(list);
        var zip = new StoredZipWriter(file);
        zip.Add($"{Root}/data.pkl", StateDictPickle.Of(list));
        zip.Add($"{Root}/byteorder", "little"u8);
        for (var i = 0; i < list.Count; i++)
        {
            zip.Add($"{Root}/data/{i}", list[i].Bytes().Span);
        }

        zip.Add($"{Root}/version", "3\n"u8);
        zip.Finish();
    }

    private static void Check(List<NamedTensor> tensors)
    {
        var names = new HashSet<string>();
        foreach (var tensor in tensors)
        {
            if (tensor.Name.Length == 0 || !SafetensorsHeader.IsFit(tensor.Name) || !names.Add(tensor.Name))
            {
                throw new ArgumentException($"A tensor cannot be named {tensor.Name}, or two are.", nameof(tensors));
            }

            if (PickleGlobals.StorageOf(tensor.Type) is null)
            {
                throw new ArgumentException($"{tensor.Name}: PyTorch has no storage of {tensor.Type.Name()}.", nameof(tensors));
            }
        }
    }
}
