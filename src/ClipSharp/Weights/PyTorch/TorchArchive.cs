using System.Globalization;
using System.Text;

namespace ClipSharp.Weights.PyTorch;

/// <summary>A zip file of PyTorch's: what <c>torch.save</c> writes since 1.6 (checkpoints, state dicts), and TorchScript
/// archives, as OpenAI published its models. <c>data.pkl</c> says what is there, <c>data/KEY</c> holds the numbers. The program
/// text in
/// <c>code/</c> and <c>constants.pkl</c> is never opened: the tensors' names are the paths of attributes.</summary>
internal static class TorchArchive
{
    private const int MaxPickleLength = 64 << 20;

    /// <summary>Takes the file over; closes it when it is refused.</summary>
    /// <exception cref="ClipException">It breaks a rule of the format, or its pickle asks for what is not data.</exception>
    public static TorchFile Read(MappedFile file)
    {
        try
        {
            var directory = ZipDirectory.Read(file);
            var records = directory.Records;
            var pickle = Record(file, records, "data.pkl");
            CheckVersion(Record(file, records, "version"));
            if (records.TryGetValue("byteorder", out var order) && !order.Bytes(16).SequenceEqual("little"u8))
            {
                throw ZipDirectory.Damaged(file.Path, order.Offset, "its byte order is not read", "another", "little");
            }

            var isTorchScript = records.ContainsKey("constants.pkl")
                && records.Keys.Any(name => name.StartsWith("code/", StringComparison.Ordinal));
            pickle.Bytes(MaxPickleLength);
            var storages = new Dictionary<string, TorchStorage>();
            var reader = new PickleReader(file.Memory(pickle.Offset, (int)pickle.Length), $"{file.Path}, {pickle.Name}", 0,
                isTorchScript,
                (id, bad) => Storage(id, bad, storages, records));
            var root = reader.Read();
            return reader.Position == pickle.Length
                ? new TorchFile(file, isTorchScript ? "TorchScript archive" : "PyTorch zip", root)
                : throw ZipDirectory.Damaged(file.Path, pickle.Offset + reader.Position, "the pickle goes on after its end",
                    $"{pickle.Length - reader.Position} bytes", "none");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static TorchStorage Storage(
        object?[] id, Func<string, string, string, ClipException> bad, Dictionary<string, TorchStorage> storages,
        IReadOnlyDictionary<string, ZipRecord> records)
    {
        if (id is not ["storage", var kind, string key, _, long and >= 0 and var count]
            || !PickleGlobals.TryStorage(kind, out var type))
        {
            throw bad("A storage's persistent id is not sound", $"{id.Length} items",
                "storage, a known type, key, location and count");
        }

        if (storages.TryGetValue(key, out var known))
        {
            return known.Type == type && known.Count == count
                ? known
                : throw bad($"The storage {key} is of two kinds", $"{count} {type.Name()}", $"{known.Count} {known.Type.Name()}");
        }

        if (!records.TryGetValue($"data/{key}", out var record) || !record.IsStored)
        {
            throw bad("A storage has no record", $"data/{key}", "a record of the archive, stored");
        }

        if (count > record.Length || count * type.Size() != record.Length)
        {
            throw bad($"The storage {key} and its record disagree", $"{count} {type.Name()}", $"{record.Length} bytes");
        }

        return storages[key] = new TorchStorage(key, type, count) { Offset = record.Offset, Record = record };
    }

    private static ZipRecord Record(MappedFile file, IReadOnlyDictionary<string, ZipRecord> records, string name) =>
        records.TryGetValue(name, out var record)
            ? record
            : throw ZipDirectory.Damaged(file.Path, 0, "a record of PyTorch's is missing",
                $"{records.Count} records without {name}", name);

    private static void CheckVersion(ZipRecord record)
    {
        var text = Encoding.Latin1.GetString(record.Bytes(16)).TrimEnd('\n');
        _ = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version); // 0 where it is no number
        if (version is < 1 or > 10)
        {
            throw new ClipException(ClipError.Data, "The archive's version is not read", record.Name, text, "1 to 10",
                "Save the weights with a PyTorch that is known.");
        }
    }
}
