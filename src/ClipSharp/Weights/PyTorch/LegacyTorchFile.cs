using System.Buffers.Binary;

namespace ClipSharp.Weights.PyTorch;

/// <summary>What <c>torch.save</c> wrote before 1.6: five pickles (a magic number, the protocol, the writer's machine, the
/// object, the storages' keys), then for each key its count and its numbers. The format has no checksums.</summary>
internal static class LegacyTorchFile
{
    private const int Protocol = 1001;
    private const int MaxPickleLength = 64 << 20;

    // The pickle of 0x1950a86a20f9469cfc6c.
    private static ReadOnlySpan<byte> Magic =>
        [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    /// <summary>Whether a file's first bytes are those of this format.</summary>
    public static bool IsOne(ReadOnlySpan<byte> head) => head.StartsWith(Magic);

    /// <summary>Takes the file over; closes it when it is refused.</summary>
    /// <exception cref="ClipException">It breaks a rule of the format, or a pickle asks for what is not data.</exception>
    public static TorchFile Read(MappedFile file)
    {
        try
        {
            long at = Magic.Length;
            if (Pickle(file, ref at, "protocol", null) is not (long and Protocol))
            {
                throw Bad(file, Magic.Length, "its protocol is not read", "another", $"{Protocol}");
            }

            var start = at;
            if (Pickle(file, ref at, "machine", null) is not PickleDictionary machine
                || (machine.Items.TryGetValue("little_endian", out var isLittle) ? isLittle : null) is not true)
            {
                throw Bad(file, start, "its byte order is not read", "another", "little_endian: True");
            }

            var storages = new Dictionary<string, TorchStorage>();
            var root = Pickle(file, ref at, "object", (id, bad) => Storage(id, bad, storages));
            start = at;
            if (Pickle(file, ref at, "keys", null) is not PickleList { Items: var keys })
            {
                throw Bad(file, start, "its storages have no list", "something else", "a list of keys");
            }

            Place(file, at, keys, storages);
            return new TorchFile(file, "PyTorch legacy", root);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static object? Pickle(MappedFile file, ref long at, string name, PickleReader.StorageFinder? storage)
    {
        var length = (int)Math.Min(MaxPickleLength, file.Length - at);
        var reader = new PickleReader(file.Memory(at, length), $"{file.Path}, {name}", at, false, storage);
        var value = reader.Read();
        at += reader.Position;
        return value;
    }

    private static TorchStorage Storage(
        object?[] id, Func<string, string, string, ClipException> bad, Dictionary<string, TorchStorage> storages)
    {
        if (id is not ["storage", var kind, string key, _, long and >= 0 and < 1L << 48 and var count, null]
            || !PickleGlobals.TryStorage(kind, out var type))
        {
            throw bad("A storage's persistent id is not sound", $"{id.Length} items",
                "storage, a known type, key, location, count and None");
        }

        if (!storages.TryGetValue(key, out var known))
        {
            return storages[key] = new TorchStorage(key, type, count);
        }

        return known.Type == type && known.Count == count
            ? known
            : throw bad($"The storage {key} is of two kinds", $"{count} {type.Name()}", $"{known.Count} {known.Type.Name()}");
    }

    // The numbers follow in the order of the keys, and fill the file.
    private static void Place(MappedFile file, long at, List<object?> keys, Dictionary<string, TorchStorage> storages)
    {
        var missing = storages.Keys.ToHashSet();
        foreach (var key in keys)
        {
            if (key is not string name || !missing.Remove(name))
            {
                throw Bad(file, at, "a key of its storages is wrong", $"{key}", "each storage's key once");
            }

            var storage = storages[name];
            if (file.Length - at < sizeof(long) + storage.ByteLength
                || BinaryPrimitives.ReadInt64LittleEndian(file.Span(at, sizeof(long))) != storage.Count)
            {
                throw Bad(file, at, $"the storage {name} is cut or of another size", $"{file.Length - at} bytes or another count",
                    $"{storage.Count} {storage.Type.Name()}");
            }

            storage.Offset = at + sizeof(long);
            at = storage.Offset + storage.ByteLength;
        }

        if (missing.Count > 0 || at != file.Length)
        {
            throw Bad(file, at, "its storages do not fill it",
                $"{missing.Count} without numbers, {file.Length - at} bytes behind", "none");
        }
    }

    private static ClipException Bad(MappedFile file, long at, string rule, string found, string expected) =>
        new(ClipError.Data, $"Not a sound PyTorch file: {rule}", $"{file.Path}, byte {at}", found, expected,
            "Fetch or write the file again.");
}
