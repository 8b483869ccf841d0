using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using ClipSharp.Testing.Odd;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Weights;

public sealed partial class SafetensorsRulesTests
{
    private const string Sound = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}""";

    [Fact]
    public void The_sound_file_of_these_tests_is_read()
    {
        using var file = Parse(Sound, 11);
        Assert.Equal(2, file.Tensors.Count);
        Assert.Equal(8 + Sound.Length + 8, file.Tensors["b"].Offset);
    }

    [Theory]
    [InlineData("", 0, "is impossible")]
    [InlineData("{", 0, "is impossible")]
    [InlineData("[]", 0, "no JSON object")]
    [InlineData(" {}", 0, "no JSON object")]
    [InlineData("{}}", 0, "goes on after its object")]
    [InlineData("{}\n", 0, "goes on after its object")]
    [InlineData("{},", 0, "goes on after its object")]
    [InlineData("{\"a\"", 0, "no valid JSON")]
    [InlineData("{} ", 1, "do not fill the file")]
    [InlineData("""{"a":1}""", 0, "another value")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 0, "is incomplete")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 0, "is incomplete")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "is incomplete")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "is incomplete")]
    [InlineData("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "another value")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":{"from":0,"to":4}}}""", 4, "another value")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 4, "offsets of a is wrong")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "disagree")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "shape of a is wrong")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-0],"data_offsets":[0,0]}}""", 0, "shape of a is wrong")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", 4, "shape of a is wrong")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "shape of a is wrong")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", 4, "shape of a is wrong")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,4]}}""", 4, "is too large")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", 4, "is too large")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "disagree")]
    [InlineData("""{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}""", 1, "dtype of a is not supported")]
    [InlineData("""{"a":{"dtype":4,"shape":[2],"data_offsets":[0,1]}}""", 1, "another value")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "member of a stands twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"stride":[1],"data_offsets":[0,1]}}""", 1, "unknown member")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "name stands twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "name stands twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "leaves a hole or overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "leaves a hole or overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}""", 5, "leaves a hole or overlaps")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 3, "do not fill the file")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 1, "do not fill the file")]
    [InlineData("""{"a\nb":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "name is unfit")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "no valid JSON")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "another value")]
    [InlineData("""{"__metadata__":[]}""", 0, "another value")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "metadata name stands twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "name stands twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[[[[[1]]]]],"data_offsets":[0,1]}}""", 1, "shape of a is wrong")]
    public void A_broken_rule_is_named(string header, int dataLength, string rule)
    {
        var refusal = Assert.Throws<ClipException>(() => Parse(header, dataLength));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains(rule, refusal.Message, StringComparison.Ordinal);
        Assert.Matches("^crafted, byte [0-9]+$", refusal.Where);
    }

    [Fact]
    public void A_file_shorter_than_its_length_field_is_refused()
    {
        for (var length = 0; length < 8; length++)
        {
            Assert.Contains("inside its length field", Refusal(new byte[length]), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001)]
    [InlineData(1UL << 63)]
    [InlineData(3)]
    public void A_header_longer_than_the_file_is_refused_before_anything_is_allocated(ulong length)
    {
        var file = Craft("{}", 0);
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        Assert.Contains("is impossible", Refusal(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var file = Craft("""{"a?":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1);
        file[8 + 3] = 0xff;
        Assert.Contains("no UTF-8", Refusal(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_more_than_512_bytes_and_metadata_of_more_than_a_mebibyte_are_refused()
    {
        var entry = """{"dtype":"U8","shape":[1],"data_offsets":[0,1]}""";
        Parse($$"""{"{{new string('n', 512)}}":{{entry}}}""", 1).Dispose();
        Assert.Contains("unfit", Refusal(Craft($$"""{"{{new string('n', 513)}}":{{entry}}}""", 1)), StringComparison.Ordinal);
        Parse($$$"""{"__metadata__":{"k":"{{{new string('v', 1_000_000)}}}"}}""", 0).Dispose();
        var tooLong = Craft($$$"""{"__metadata__":{"k":"{{{new string('v', 1 << 20)}}}"}}""", 0);
        Assert.Contains("metadata is too long", Refusal(tooLong), StringComparison.Ordinal);
    }

    [Fact]
    public void A_truth_value_is_0_or_1()
    {
        var file = Craft("""{"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}""", 2);
        file[^1] = 1;
        SafetensorsFile.Parse(file, "crafted").Dispose();
        file[^1] = 2;
        var refusal = Assert.Throws<ClipException>(() => SafetensorsFile.Parse(file, "crafted"));
        Assert.Equal($"crafted, byte {file.Length - 1}", refusal.Where);
    }

    [Fact]
    public void Scalars_empty_tensors_and_any_order_are_legal()
    {
        using var file = Parse(
            """{"e":{"dtype":"F32","shape":[0,4611686018427387904,8],"data_offsets":[4,4]},"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"t":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}   """, 5);
        Assert.Equal(1, file.Tensors["s"].Count);
        Assert.Empty(file.ReadFloats("e"));
        Assert.Equal(1, file.Bytes("t").Length);
    }

    [Fact]
    public void Numbers_that_are_no_floats_are_not_read_as_floats()
    {
        using var file = Parse(Sound, 11);
        Assert.Contains("found U8", Assert.Throws<ClipException>(() => file.ReadFloats("b")).Message, StringComparison.Ordinal);
        Assert.Contains("no c among 2", Assert.Throws<ClipException>(() => file.ReadFloats("c")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_2_GiB_has_no_span()
    {
        using var folder = new TemporaryFolder();
        var head = Craft("""{"a":{"dtype":"U8","shape":[2147483648],"data_offsets":[0,2147483648]}}""", 0);
        using (var sparse = File.Create(folder["large.safetensors"]))
        {
            sparse.Write(head);
            sparse.SetLength(head.Length + (1L << 31));
        }

        using var file = SafetensorsFile.Open(folder["large.safetensors"]);
        Assert.Contains("less than 2 GiB", Assert.Throws<ClipException>(() => file.Bytes("a").Length).Message,
            StringComparison.Ordinal);
        Assert.Contains("less than 2 GiB",
            Assert.Throws<ClipException>(() => ((IWeightsFile)file).Tensors["a"].Bytes()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_was_cut_since_it_was_opened_is_told_when_it_is_copied()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There nobody can cut a mapped file.");
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["cut.safetensors"], Craft(Sound, 11));
        using var file = SafetensorsFile.Open(folder["cut.safetensors"]);
        // .NET heeds its own locks
        Assert.Equal(0, truncate(folder["cut.safetensors"], new FileInfo(folder["cut.safetensors"]).Length - 1));

        ((IWeightsFile)file).Tensors["a"].CopyTo(new byte[8]);
        var refusal = Assert.Throws<ClipException>(() => ((IWeightsFile)file).Tensors["b"].CopyTo(new byte[3]));
        Assert.Equal(ClipError.InputOutput, refusal.Kind);
        Assert.Contains("became shorter", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_absent_file_and_a_folder_are_no_input()
    {
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => SafetensorsFile.Open("/nowhere/at/all")).Kind);
        Assert.Equal(ClipError.NoInput, Assert.Throws<ClipException>(() => SafetensorsFile.Open(Path.GetTempPath())).Kind);
    }

    [Fact]
    public void Mutants_are_read_or_refused()
    {
        var report = Mutations.Run(Seed(), bytes =>
        {
            using var file = SafetensorsFile.Parse(bytes, "mutant");
            foreach (var name in file.Tensors.Keys)
            {
                file.Bytes(name).Count((byte)7);
            }
        }, count: 10_000);
        Assert.InRange(report.Accepted, 1, report.Tried - 1);
        Assert.True(report.Refusals.Count >= 12, string.Join("\n", report.Refusals));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int truncate(string path, long length);

    private static byte[] Seed()
    {
        using var file = new MemoryStream();
        SafetensorsWriter.Write(file,
        [
            new NamedTensor("visual.proj", TensorType.F32, [2, 3], new byte[24]),
            new NamedTensor("mask", TensorType.Bool, [5], new byte[5]),
            new NamedTensor("half", TensorType.F16, [7], new byte[14]),
            new NamedTensor("scale", TensorType.F64, [], new byte[8]),
            new NamedTensor("none", TensorType.I64, [0, 4], Array.Empty<byte>()),
        ], new Dictionary<string, string> { ["format"] = "pt", ["step"] = "12" });
        return file.ToArray();
    }

    private static string Refusal(byte[] file) =>
        Assert.Throws<ClipException>(() => SafetensorsFile.Parse(file, "crafted")).Message;

    private static SafetensorsFile Parse(string header, int dataLength) =>
        SafetensorsFile.Parse(Craft(header, dataLength), "crafted");

    private static byte[] Craft(string header, int dataLength)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)json.Length);
        json.CopyTo(file, 8);
        return file;
    }
}
