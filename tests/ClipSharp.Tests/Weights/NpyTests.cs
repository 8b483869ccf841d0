using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using ClipSharp.Testing.Odd;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Weights;

public sealed class NpyTests
{
    private const string Sound = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n";

    // numpy.save of numpy.arange(3, dtype=numpy.float32), byte for byte.
    private static readonly byte[] Numpy =
    [
        0x93, .. "NUMPY"u8, 1, 0, 0x76, 0,
        .. Encoding.ASCII.GetBytes("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }".PadRight(117) + "\n"),
        .. MemoryMarshal.AsBytes<float>([0, 1, 2]),
    ];

    [Fact]
    public void Numpy_s_bytes_are_read_and_written()
    {
        var array = Npy.Parse(Numpy, "numpy");
        Assert.Equal((TensorType.F32, 1), (array.Type, array.Shape.Length));
        Assert.Equal([0f, 1f, 2f], MemoryMarshal.Cast<byte, float>(array.Bytes).ToArray());
        using var file = new MemoryStream();
        Npy.Write(file, array.Type, array.Shape, array.Bytes);
        Assert.Equal(Numpy, file.ToArray());
    }

    [Theory]
    [InlineData(TensorType.U8, new long[] { 2, 3 })]
    [InlineData(TensorType.F32, new long[] { })]
    [InlineData(TensorType.F16, new long[] { 0, 512 })]
    [InlineData(TensorType.I64, new long[] { 1, 2, 3, 4, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    public void What_is_written_is_read_back_from_a_64_byte_boundary(TensorType type, long[] shape)
    {
        var bytes = Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b) * type.Size()).Select(i => (byte)i).ToArray();
        using var file = new MemoryStream();
        Npy.Write(file, type, shape, bytes);
        Assert.Equal(0, (file.Length - bytes.Length) % 64);
        var array = Npy.Parse(file.ToArray(), "written");
        Assert.Equal(type, array.Type);
        Assert.Equal(shape, array.Shape);
        Assert.Equal(bytes, array.Bytes);
    }

    [Fact]
    public void A_column_major_array_is_turned()
    {
        // [[1, 2, 3], [4, 5, 6]] stored column after column.
        var array = Npy.Parse(Craft(Sound.Replace("False", "True", StringComparison.Ordinal), [1, 4, 2, 5, 3, 6]), "columns");
        Assert.Equal([1, 2, 3, 4, 5, 6], array.Bytes);
        var cube = Npy.Parse(Craft("{'descr':'<i2','fortran_order':True,'shape':(2,2,2)}",
            [0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0]), "cube");
        Assert.Equal([0, 4, 2, 6, 1, 5, 3, 7], MemoryMarshal.Cast<byte, short>(cube.Bytes).ToArray());
    }

    [Theory]
    [InlineData("{'shape': (2,3), 'descr': '|u1', 'fortran_order': False}")]
    [InlineData("{\"descr\": \"|u1\",\n \"fortran_order\": False, \"shape\": (2, 3,)}   ")]
    public void The_literal_may_be_spelled_otherwise(string header) =>
        Assert.Equal([2L, 3], Npy.Parse(Craft(header, new byte[6]), "other").Shape);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Later_versions_have_a_longer_length_field(int version) =>
        Assert.Equal([2L, 3], Npy.Parse(Craft(Sound, new byte[6], version), "later").Shape);

    [Theory]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (6,), }", "is not supported")]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (6,), }", "is not supported")]
    [InlineData("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (6,), }", "does not parse")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (6), }", "does not parse")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (-6,), }", "does not parse")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (6L,), }", "does not parse")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,), }", "does not parse")]
    [InlineData("{'descr': '|u1', 'fortran_order': 0, 'shape': (6,), }", "does not parse")]
    [InlineData("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (6,), }", "does not parse")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (6,), 'x': (1,)}", "does not parse")]
    [InlineData("{'descr': '|u1', 'fortran_order': False}", "does not parse")]
    [InlineData("{'descr': '|u1', 'shape': (6,)}", "does not parse")]
    [InlineData("{'fortran_order': False, 'shape': (6,)}", "does not parse")]
    [InlineData("{'descr' '|u1', 'fortran_order': False, 'shape': (6,)}", "does not parse")]
    [InlineData("{'descr': '|u1' 'fortran_order': False, 'shape': (6,)}", "does not parse")]
    [InlineData("'descr': '|u1', 'fortran_order': False, 'shape': (6,)}", "does not parse")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (6,), } or 1", "does not parse")]
    [InlineData("{'descr': '\\x7cu1', 'fortran_order': False, 'shape': (6,), }", "does not parse")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (7,), }", "shape and length disagree")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (5,), }", "shape and length disagree")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", "shape and length disagree")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "shape is too large")]
    [InlineData("", "does not parse")]
    public void A_broken_rule_is_named(string header, string rule)
    {
        var refusal = Assert.Throws<ClipException>(() => Npy.Parse(Craft(header, new byte[6]), "crafted"));
        Assert.Contains(rule, refusal.Message, StringComparison.Ordinal);
        Assert.Matches("^crafted, byte [0-9]+$", refusal.Where);
    }

    [Fact]
    public void Long_headers_cuts_and_other_files_are_refused()
    {
        Assert.Contains("length is impossible", Refusal(Craft(Sound.PadRight(10_001), new byte[6])), StringComparison.Ordinal);
        Assert.Contains("length is impossible", Refusal(Craft(Sound, [])[..40]), StringComparison.Ordinal);
        Assert.Contains("inside its length field", Refusal(Craft(Sound, [], 2)[..11]), StringComparison.Ordinal);
        Assert.Contains("does not begin", Refusal([]), StringComparison.Ordinal);
        Assert.Contains("does not begin", Refusal(Craft(Sound, new byte[6], 4)), StringComparison.Ordinal);
        Assert.Contains("does not begin", Refusal([0x92, .. Craft(Sound, new byte[6])[1..]]), StringComparison.Ordinal);
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => Npy.Read("/nowhere.npy")).Kind);
    }

    [Fact]
    public void More_than_64_sides_are_refused()
    {
        string Sides(int count) =>
            $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({string.Concat(Enumerable.Repeat("1, ", count))})}}";
        Assert.Equal(64, Npy.Parse(Craft(Sides(64), new byte[1]), "crafted").Shape.Length);
        Assert.Contains("at most 64 integers", Refusal(Craft(Sides(65), new byte[1])), StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_array_holds_is_refused_before_it_is_read()
    {
        using var folder = new TemporaryFolder();
        using (var sparse = File.Create(folder["long.npy"]))
        {
            sparse.SetLength(Array.MaxLength + 1L);
        }

        Assert.Equal(ClipError.Data, Assert.Throws<ClipException>(() => Npy.Read(folder["long.npy"])).Kind);
    }

    [Fact]
    public void Formats_that_numpy_lacks_and_wrong_lengths_are_a_caller_s_mistake()
    {
        Assert.Throws<ArgumentException>(() => Npy.Write(Stream.Null, TensorType.BF16, [1], new byte[2]));
        Assert.Throws<ArgumentException>(() => Npy.Write(Stream.Null, TensorType.U8, [2], new byte[3]));
    }

    [Fact]
    public void Mutants_are_read_or_refused()
    {
        var report = Mutations.Run(Craft("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3, 4), }\n", new byte[48]),
            bytes => Npy.Parse(bytes, "mutant"),
            count: 10_000);
        Assert.InRange(report.Accepted, 1, report.Tried - 1);
        Assert.True(report.Refusals.Count >= 5, string.Join("\n", report.Refusals));
    }

    private static string Refusal(byte[] file) => Assert.Throws<ClipException>(() => Npy.Parse(file, "crafted")).Message;

    private static byte[] Craft(string header, byte[] data, int version = 1)
    {
        var length = new byte[version == 1 ? 2 : 4];
        if (version == 1)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)header.Length);
        }

        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. Encoding.ASCII.GetBytes(header), .. data];
    }
}
