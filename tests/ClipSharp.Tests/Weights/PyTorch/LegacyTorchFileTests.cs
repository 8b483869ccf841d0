using System.Text;
using ClipSharp.Weights;
using static ClipSharp.Tests.Weights.PyTorch.PickleText;

namespace ClipSharp.Tests.Weights.PyTorch;

/// <summary>The format before 1.6: five pickles, then the numbers.</summary>
public sealed class LegacyTorchFileTests
{
    private const string Machine = "}(X\u0010\u0000\u0000\u0000protocol_versionM\u00e9\u0003X\u000d\u0000\u0000\u0000little_endian\u0088u";
    private static readonly string Sound = Dictionary(Tensor(Stored("7", 2), 0, [2], [1]));
    private static readonly byte[] Numbers = [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64];

    [Fact]
    public void The_sound_file_of_these_tests_is_read()
    {
        using var file = WeightsFile.Parse(Craft(), "crafted.pt");
        Assert.Equal("PyTorch legacy", file.Container);
        Assert.Equal([1f, 2], file.Tensors["w"].ReadFloats());
    }

    [Fact]
    public void A_broken_rule_is_named()
    {
        Refused("protocol is not read", Craft(protocol: "M\u00ea\u0003"));
        Refused("byte order is not read", Craft(machine: Machine.Replace('\u0088', '\u0089')));
        Refused("byte order is not read", Craft(machine: "N"));
        Refused("byte order is not read", Craft(machine: "}"));
        Refused("found os.system", Craft(content: "cos\nsystem\n)R"));
        Refused("found os.system", Craft(keys: "cos\nsystem\n)R"));
        Refused("found opcode INST", Craft(machine: "(ios\nsystem\n"));
        Refused("storages have no list", Craft(keys: "N"));
        Refused("a key of its storages is wrong", Craft(keys: $"]{Word("8")}a"));
        Refused("a key of its storages is wrong", Craft(keys: "]K\u0007a"));
        Refused("a key of its storages is wrong", Craft(keys: $"]({Word("7")}{Word("7")}e", numbers: [.. Numbers, .. Numbers]));
        Refused("1 without numbers", Craft(keys: "]", numbers: []));
        Refused("storages do not fill it", Craft(numbers: [.. Numbers, 0]));
        Refused("is cut or of another size", Craft(numbers: Numbers[..^1]));
        Refused("is cut or of another size", Craft(numbers: [3, .. Numbers[1..]]));
        Refused("persistent id is not sound", Craft(content: Dictionary(Tensor(Storage("7", 2), 0, [2], [1]))));
        Refused("persistent id is not sound", Craft(content: Dictionary(Tensor(Stored("7", 2, "K\u0001"), 0, [2], [1]))));
        Refused("persistent id is not sound", Craft(content: Dictionary(Tensor(Stored("7", 1L << 62), 0, [2], [1]))));
        Refused("persistent id is not sound",
            Craft(content: Dictionary(Tensor(Stored("7", 2, type: "torch\nfloat32"), 0, [2], [1]))));
        Refused("is of two kinds", Craft(content: $"{Stored("7", 2)}{Stored("7", 3)}\u0086"));
        Refused("is of two kinds", Craft(content: $"{Stored("7", 2)}{Stored("7", 2, type: "torch\nIntStorage")}\u0086"));
        Refused("reaches out", Craft(content: Dictionary(Tensor(Stored("7", 2), 1, [2], [1]))));
    }

    [Fact]
    public void A_cut_anywhere_is_refused()
    {
        var file = Craft();
        for (var length = 0; length < file.Length; length++)
        {
            Assert.Throws<ClipException>(() => WeightsFile.Parse(file[..length], "cut.pt"));
        }
    }

    [Fact]
    public void A_tensor_of_2_GiB_is_not_read_as_one()
    {
        using var folder = new TemporaryFolder();
        const long length = 1L << 31;
        var head = Craft(content: Dictionary(Tensor(Stored("7", length, type: "torch\nByteStorage"), 0, [length], [1])),
            numbers: CraftedZip.U64((ulong)length));
        using (var sparse = File.Create(folder["large.pt"]))
        {
            sparse.Write(head);
            sparse.SetLength(head.Length + length);
        }

        using var file = WeightsFile.Open(folder["large.pt"]);
        Assert.Contains("less than 2 GiB", Assert.Throws<ClipException>(() => file.Tensors["w"].Bytes()).Message,
            StringComparison.Ordinal);
    }

    private static string Stored(string key, long count, string view = "N", string type = "torch\nFloatStorage") =>
        $"({Word("storage")}c{type}\n{Word(key)}{Word("cpu")}{Integer(count)}{view}tQ";

    private static byte[] Craft(
        string protocol = "M\u00e9\u0003", string machine = Machine, string? content = null, string? keys = null,
        byte[]? numbers = null) =>
    [
        .. Encoding.Latin1.GetBytes("\u0080\u0002\u008a\u000a\u006c\u00fc\u009c\u0046\u00f9\u0020\u006a\u00a8\u0050\u0019."),
        .. Whole(protocol),
        .. Whole(machine), .. Whole(content ?? Sound), .. Whole(keys ?? $"]{Word("7")}a"), .. numbers ?? Numbers,
    ];

    private static void Refused(string found, byte[] file)
    {
        var refusal = Assert.Throws<ClipException>(() => WeightsFile.Parse(file, "crafted.pt"));
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
        Assert.Matches("^crafted.pt, .*byte [0-9]+$", refusal.Where);
    }
}
