using System.IO.Compression;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Weights.PyTorch;

public sealed class TorchArchiveWriterTests
{
    [Fact]
    public void What_is_written_is_read_back_bit_for_bit()
    {
        var types = new[]
        {
            TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.F64, TensorType.I64, TensorType.I32, TensorType.I16,
                TensorType.I8,
            TensorType.U8, TensorType.Bool,
        };
        long[][] shapes = [[], [0, 4], [7], [3, 5], [2, 1, 300], [1, 70_000]];
        var tensors = types.SelectMany(type => shapes.Select((shape, i) => Filled($"block.{type}.{i}", type, shape))).ToList();
        using var file = WeightsFile.Parse(Write(tensors), "written");
        Assert.Equal("PyTorch zip", file.Container);
        Assert.Equal(tensors.Select(tensor => tensor.Name).Order(), file.Tensors.Keys.Order());
        foreach (var tensor in tensors)
        {
            var found = file.Tensors[tensor.Name];
            Assert.Equal(tensor.Type, found.Type);
            Assert.Equal(tensor.Shape, found.Shape);
            Assert.Equal(tensor.Bytes().Span, found.Bytes().Span);
        }
    }

    [Fact]
    public void A_model_goes_through_the_archive_unchanged()
    {
        using var model = WeightsFile.Open(SharedFiles.Fixture("vit-tiny/open_clip/open_clip_model.safetensors"));
        using var file = WeightsFile.Parse(Write(model.Tensors.Values), "written");
        Assert.Equal(model.Tensors.Count, file.Tensors.Count);
        Assert.All(model.Tensors.Values, tensor => Assert.Equal(tensor.Bytes().Span, file.Tensors[tensor.Name].Bytes().Span));
    }

    [Fact]
    public void Other_readers_of_zip_files_see_the_records_that_torch_load_looks_for()
    {
        var bytes = Write([Filled("a", TensorType.F32, [2]), Filled("b", TensorType.I64, [])]);
        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(["archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/data/1", "archive/version"],
            zip.Entries.Select(entry => entry.FullName));
        using var version = new StreamReader(zip.GetEntry("archive/version")!.Open());
        Assert.Equal("3\n", version.ReadToEnd());
        Assert.All(zip.Entries, entry => Assert.Equal(entry.Length, entry.CompressedLength));
    }

    [Fact]
    public void Every_record_begins_on_a_64_byte_bound()
    {
        var bytes = Write(Enumerable.Range(0, 130).Select(i => Filled($"tensor{i}", TensorType.U8, [i])));
        for (var at = 0; (at = bytes.AsSpan(at).IndexOf("PK\x03\x04"u8) is >= 0 and var next ? at + next : -1) >= 0;)
        {
            at += 30 + BitConverter.ToUInt16(bytes, at + 26) + BitConverter.ToUInt16(bytes, at + 28);
            Assert.Equal(0, at % 64);
        }
    }

    [Fact]
    public void The_pickle_uses_only_what_the_restricted_reader_of_PyTorch_knows()
    {
        // One tensor, byte for byte: PROTO GLOBAL EMPTY_TUPLE REDUCE MARK BINUNICODE BININT1 BININT TUPLE BINPERSID NEWFALSE
        // SETITEMS STOP.
        var bytes = Write([Filled("w", TensorType.F16, [300, 2])]);
        byte[] expected =
        [
            0x80, 2, .. "ccollections\nOrderedDict\n)R("u8, (byte)'X', 1, 0, 0, 0, (byte)'w',
            .. "ctorch._utils\n_rebuild_tensor_v2\n(("u8,
            (byte)'X', 7, 0, 0, 0, .. "storagectorch\nHalfStorage\n"u8, (byte)'X', 1, 0, 0, 0, (byte)'0', (byte)'X', 3, 0, 0, 0,
            .. "cpu"u8,
            (byte)'J', 0x58, 2, 0, 0, .. "tQ"u8, (byte)'K', 0, .. "(J"u8, 0x2c, 1, 0, 0, (byte)'K', 2, .. "t("u8, (byte)'K', 2,
            (byte)'K', 1,
            (byte)'t', 0x89, .. "ccollections\nOrderedDict\n)RtRu."u8,
        ];
        Assert.True(bytes.AsSpan().IndexOf(expected) > 0);
    }

    [Fact]
    public void More_records_than_16_bits_count_are_written_with_a_64_bit_end()
    {
        var few = Write(Enumerable.Range(0, 10).Select(i => new NamedTensor($"{i}", TensorType.U8, [0], Array.Empty<byte>())));
        Assert.Equal(-1, few.AsSpan().IndexOf("PK\u0006\u0006"u8));
        var many = Write(Enumerable.Range(0, 65_540)
            .Select(i => new NamedTensor($"{i}", TensorType.U8, [0], Array.Empty<byte>())));
        Assert.True(many.AsSpan(many.Length - 200).IndexOf("PK\u0006\u0006"u8) > 0);
        using var zip = new ZipArchive(new MemoryStream(many));
        Assert.Equal(65_543, zip.Entries.Count);
    }

    [Fact]
    public void The_same_tensors_give_the_same_bytes()
    {
        var tensors = new[] { Filled("a", TensorType.F32, [3]), Filled("b", TensorType.F32, [5]) };
        Assert.Equal(Write(tensors), Write(tensors));
    }

    [Fact]
    public void Unfit_names_and_formats_are_a_caller_s_mistake()
    {
        Assert.Throws<ArgumentException>(() => Write([Filled("", TensorType.F32, [1])]));
        Assert.Throws<ArgumentException>(() => Write([Filled("a\n", TensorType.F32, [1])]));
        Assert.Throws<ArgumentException>(() => Write([Filled("a", TensorType.F32, [1]), Filled("a", TensorType.F32, [1])]));
        Assert.Throws<ArgumentException>(() => Write([Filled("a", TensorType.U16, [1])]));
        Assert.Throws<ArgumentException>(() => Write([new NamedTensor("a", TensorType.F32, [2], new byte[4])]));
    }

    private static byte[] Write(IEnumerable<NamedTensor> tensors)
    {
        using var file = new MemoryStream();
        TorchArchiveWriter.Write(file, tensors);
        return file.ToArray();
    }

    private static NamedTensor Filled(string name, TensorType type, long[] shape)
    {
        var bytes = new byte[shape.Aggregate(1L, (a, b) => a * b) * type.Size()];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = type == TensorType.Bool ? (byte)(i % 2) : (byte)(i * 7);
        }

        return new NamedTensor(name, type, shape, bytes);
    }
}
