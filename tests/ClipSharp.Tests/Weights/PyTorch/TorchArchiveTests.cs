using System.Text;
using static ClipSharp.Tests.Weights.PyTorch.PickleText;

namespace ClipSharp.Tests.Weights.PyTorch;

/// <summary>The rules of the zip container, and what counts as the state dict.</summary>
public sealed class TorchArchiveTests
{
    private static CraftedZip Sound => CraftedZip.Torch(Whole(Dictionary(Tensor())));

    [Fact]
    public void The_sound_archive_of_these_tests_is_read()
    {
        using var file = Sound.Read();
        Assert.Equal("PyTorch zip", file.Container);
        Assert.Equal([1f, 2, 3, 4], file.Tensors["w"].ReadFloats());
    }

    /// <summary>What was done to the file, and what the refusal says.</summary>
    private static IEnumerable<(string Name, CraftedZip File, string Found)> Damages()
    {
        var zip = Sound;
        var (data, storage) = ("a/data.pkl", "a/data/0");
        int local = zip.Local(storage), central = zip.Central(storage), end = zip.End;
        yield return ("bytes behind the end", Sound.Insert(end + 22, 0), "does not end with a directory");
        yield return ("a comment", Sound.Put(end + 20, 1).Insert(end + 22, 0), "does not end with a directory");
        yield return ("a comment that is not there", Sound.Put(end + 20, 1), "does not end with a directory");
        yield return ("a second disk", Sound.Put(end + 4, 1), "part of several");
        yield return ("a directory on a second disk", Sound.Put(end + 6, 1), "part of several");
        yield return ("counts that differ", Sound.Put(end + 8, 4), "part of several");
        yield return ("a directory elsewhere", Sound.Put(end + 16, (uint)zip.Directory - 1), "directory lies elsewhere");
        yield return ("a directory behind the file", Sound.Put(end + 16, 0x7fffffff), "directory lies elsewhere");
        yield return ("a smaller directory", Sound.Put(end + 12, 10), "directory lies elsewhere");
        yield return ("too many records", Sound.Put(end + 8, 0xff, 0xfe, 0xff, 0xfe), "number of records is impossible");
        yield return ("one record too few", Sound.Put(end + 8, 4, 0, 4, 0), "goes on after its records");
        yield return ("one record too many", Sound.Put(end + 8, 6, 0, 6, 0), "number of records is impossible");
        yield return ("a directory cut behind a signature", CutDirectory(), "a record of the directory is missing");
        yield return ("a record on a second disk", Sound.Put(central + 34, 1), "stored in a way that is not read");
        yield return ("no record's signature", Sound.Put(central, 0), "a record of the directory is missing");
        yield return ("a name as long as the rest", Sound.Put(central + 28, 0xff, 0xff), "a record of the directory is cut");
        yield return ("encryption", Sound.Put(central + 8, 1).Put(local + 6, 1), "stored in a way that is not read");
        yield return ("another method", Sound.Put(central + 10, 99).Put(local + 8, 99), "stored in a way that is not read");
        yield return ("stored sizes that differ", Sound.Put(central + 20, 15), "stored in a way that is not read");
        yield return ("another local name", Sound.Put(local + 30 + 7, (byte)'9'), "disagrees with the directory");
        yield return ("another local name's length", Sound.Put(local + 26, 7), "disagrees with the directory");
        yield return ("another local method", Sound.Put(local + 8, 8), "disagrees with the directory");
        yield return ("another local flag", Sound.Put(local + 6, 2), "disagrees with the directory");
        yield return ("another local size", Sound.Put(local + 22, 12), "disagrees with the directory");
        yield return ("a local size of none", Sound.Put(local + 18, 0, 0, 0, 0), "disagrees with the directory");
        yield return ("another local checksum", Sound.Put(local + 14, 0), "disagrees with the directory");
        yield return ("no local header", Sound.Put(central + 42, (uint)local + 1), "has no local header");
        yield return ("a local header in the directory", Sound.Put(central + 42, (uint)zip.Directory), "has no local header");
        var (last, lastCentral) = (zip.Local("a/version"), zip.Central("a/version"));
        yield return ("a local header behind the file", Sound.Put(central + 42, int.MaxValue), "has no local header");
        yield return ("a record that reaches into the directory",
            Sound.Put(last + 18, 9).Put(last + 22, 9).Put(lastCentral + 20, 9).Put(lastCentral + 24, 9),
            "disagrees with the directory");
        yield return ("one record in two places", Sound.Put(zip.Central("a/data/2") + 42, (uint)local),
            "disagrees with the directory");
        yield return ("two records of one name", new CraftedZip(("a/x", [1]), ("a/x", [2])), "a name stands twice");
        yield return ("two roots", new CraftedZip(("a/data.pkl", [1]), ("b/version", [2])), "one root folder");
        yield return ("no root", new CraftedZip(("data.pkl", [1])), "one root folder");
        yield return ("a parent's folder", new CraftedZip(("a/../../x", [1])), "name is unfit");
        yield return ("a path from the root", new CraftedZip(("/a/x", [1])), "name is unfit");
        yield return ("a backslash", new CraftedZip(("a/..\\x", [1])), "name is unfit");
        yield return ("a control character", new CraftedZip(("a/x\n", [1])), "name is unfit");
        yield return ("a folder's entry", new CraftedZip(("a/", [])), "name is unfit");
        yield return ("a name of 513 bytes", new CraftedZip(($"a/{new string('x', 511)}", [1])), "name is unfit");
        yield return ("a name that is no text", new CraftedZip(("a/\u00ff", [1])), "name is unfit");
        yield return ("overlapping records", Overlapping(), "overlaps another record");
        yield return ("no pickle", new CraftedZip(("a/version", "3\n"u8.ToArray())), "without data.pkl");
        yield return ("no version", new CraftedZip((data, Whole(Dictionary(Tensor())))), "without version");
        yield return ("a version that is no number", WithRecord("a/version", "x"), "version is not read");
        yield return ("a version of the future", WithRecord("a/version", "11\n"), "version is not read");
        yield return ("the other byte order", WithRecord("a/byteorder", "big"), "byte order is not read");
        yield return ("a damaged pickle", Sound.Put(zip.Local(data) + 30 + data.Length + 5, 1), "a/data.pkl was damaged");
        yield return ("a version too long to be one", WithRecord("a/version", "3                "), "at most 16 bytes");
        yield return ("a storage of two types", Two("torch\nHalfStorage", 2, "torch\nShortStorage", 2), "is of two kinds");
        yield return ("a storage of two lengths", Two("torch\nHalfStorage", 2, "torch\nHalfStorage", 1), "is of two kinds");
        yield return ("a storage whose length overflows",
            CraftedZip.Torch(Whole(Dictionary(Tensor(Storage("2", 1L << 62), 0, [1], [1])))), "record disagree");
        yield return ("a compressed pickle", Compressed(data), "compressed bytes");
        yield return ("a compressed storage", Compressed(storage), "a record of the archive, stored");
        yield return ("no tensors", CraftedZip.Torch(Whole("}")), "holds no tensors");
        yield return ("a tensor without a name", CraftedZip.Torch(Whole(Tensor())), "name is unfit");
        yield return ("a tensor named as metadata", CraftedZip.Torch(Whole($"}}{Word("__metadata__")}{Tensor()}s")),
            "name is unfit");
        yield return ("two tensors of one path",
            CraftedZip.Torch(Whole($"}}({Word("a.b")}{Tensor()}{Word("a")}}}{Word("b")}{Tensor()}su")), "have one name");
        yield return ("an object whose state cannot be told",
            CraftedZip.Torch(Whole($"c__torch__\nM\n)\u0081{Tensor()}\u0085b"), true), "cannot be told");
    }

    public static TheoryData<string> DamageNames => [.. Damages().Select(damage => damage.Name)];

    [Theory]
    [MemberData(nameof(DamageNames))]
    public void A_broken_rule_is_named(string name)
    {
        var (_, zip, found) = Damages().Single(damage => damage.Name == name);
        var refusal = zip.Refusal();
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_tensor_is_found_when_it_is_read_and_its_neighbours_are_not_touched()
    {
        var zip = CraftedZip.Torch(Whole($"}}({Word("w")}{Tensor()}{Word("h")}{Tensor(Storage("1", 2, "torch\nHalfStorage"), 0, [2], [1])}u"));
        using var file = zip.Put(zip.Local("a/data/0") + 30 + 8 + 3, 1).Read();
        Assert.Equal([1f, 2], file.Tensors["h"].ReadFloats());
        Assert.Contains("a/data/0 was damaged", Assert.Throws<ClipException>(() => file.Tensors["w"].Bytes()).Message,
            StringComparison.Ordinal);
        Assert.Throws<ClipException>(() => file.Tensors["w"].CopyTo(new byte[16]));
    }

    [Fact]
    public void A_part_of_a_damaged_record_is_not_copied()
    {
        var zip = CraftedZip.Torch(Whole($"}}({Word("front")}{Tensor(Storage(), 0, [2], [1])}{Word("back")}{Tensor(Storage(), 2, [2], [1])}u"));
        using (var sound = zip.Read())
        {
            Assert.Equal([1f, 2], sound.Tensors["front"].ReadFloats());
            Assert.Equal([3f, 4], sound.Tensors["back"].ReadFloats());
        }

        using var file = zip.Put(zip.Local("a/data/0") + 30 + 8 + 3, 1).Read();
        Assert.Throws<ClipException>(() => file.Tensors["back"].CopyTo(new byte[8]));
    }

    [Fact]
    public void Wide_fields_count_where_the_short_ones_are_all_ones()
    {
        var (zip, plain) = (Sound, Sound);
        var size = zip.End - zip.Directory;
        byte[] wide =
        [
            .. "PK\u0006\u0006"u8, .. CraftedZip.U64(44), 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. CraftedZip.U64(5),
            .. CraftedZip.U64(5),
            .. CraftedZip.U64((ulong)size), .. CraftedZip.U64((ulong)zip.Directory), .. "PK\u0006\u0007"u8, 0, 0, 0, 0,
            .. CraftedZip.U64((ulong)zip.End), 1, 0, 0, 0,
        ];
        plain.Insert(zip.End, wide).Read().Dispose();
        Sound.Put(zip.End + 16, uint.MaxValue).Insert(zip.End, wide).Read().Dispose();
        Assert.Contains("disagree", Sound.Put(zip.End + 16, 1).Insert(zip.End, wide).Refusal().Message, StringComparison.Ordinal);
        // Signature, length, disk, the directory's disk, count on this disk; of the locator: disk, offset, number of disks.
        foreach (var at in (int[])[0, 4, 16, 20, 24, 56 + 4, 56 + 8, 56 + 16])
        {
            wide[at]++;
            Assert.Contains("64-bit end record is not sound", Sound.Insert(zip.End, wide).Refusal().Message,
                StringComparison.Ordinal);
            wide[at]--;
        }

        byte[] twice = [.. wide[..56], .. wide]; // the locator still names the first
        Assert.Contains("64-bit end record is not sound", Sound.Insert(zip.End, twice).Refusal().Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_wide_size_in_a_record_is_read()
    {
        // The third record's sizes and offset go into its extra field.
        var zip = Sound;
        var (central, local) = (zip.Central("a/data/1"), zip.Local("a/data/1"));
        zip.Put(central + 20, uint.MaxValue).Put(central + 24, uint.MaxValue).Put(central + 42, uint.MaxValue)
            .Put(central + 30, 28, 0);
        zip.Insert(central + 46 + 8, [1, 0, 24, 0, .. CraftedZip.U64(4), .. CraftedZip.U64(4), .. CraftedZip.U64((ulong)local)]);
        zip.Put(zip.End + 28 + 12, (uint)(zip.End - zip.Directory + 28));
        zip.Read().Dispose();
        zip.Put(central + 46 + 8 + 4, 5);
        Assert.Contains("stored in a way that is not read", zip.Refusal().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state_dict")]
    [InlineData("model")]
    public void A_state_dict_inside_a_checkpoint_is_found_by_its_name(string member)
    {
        var pickle = $"}}({Word("epoch")}K\u0007{Word("rng")}{Tensor()}{Word(member)}{OrderedDict}({Word("module.a.w")}{Tensor()}{Word("module.b")}{Tensor()}u{Word("optimizer")}{Dictionary(Tensor())}u";
        using var file = CraftedZip.Torch(Whole(pickle)).Read();
        Assert.Equal(["module.a.w", "module.b"], file.Tensors.Keys.Order()); // wrappers are the layouts' affair
        Assert.Equal("7", file.Metadata["epoch"]);
    }

    [Fact]
    public void State_dict_goes_before_model_and_a_model_that_is_no_dictionary_is_none()
    {
        using var both = CraftedZip.Torch(Whole(
            $"}}({Word("model")}{Dictionary(Tensor())}{Word("state_dict")}}}{Word("v")}{Tensor()}su")).Read();
        Assert.Equal(["v"], both.Tensors.Keys);
        using var name = CraftedZip.Torch(Whole($"}}({Word("model")}{Word("ViT-B-32")}{Word("w")}{Tensor()}u")).Read();
        Assert.Equal(["w"], name.Tensors.Keys);
        Assert.Equal("ViT-B-32", name.Metadata["model"]);
    }

    [Fact]
    public void Metadata_are_short_single_values_under_plain_names()
    {
        var members = $"{Word("a")}{Word("b")}{Word("c\n")}{Word("d")}{Word("e")}{Word(new string('f', 5000))}{Word("g")}]{Word("h")}\u0088";
        using var file = CraftedZip.Torch(Whole($"}}({members}{Word("w")}{Tensor()}u")).Read();
        Assert.Equal(["a b", "h True"], file.Metadata.Select(pair => $"{pair.Key} {pair.Value}").Order());
    }

    [Fact]
    public void Objects_beside_the_tensors_are_kept_apart()
    {
        var args = $"cargparse\nNamespace\n)\u0081}}{Word("lr")}{Tensor()}sb";
        var scalar = $"cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n{Word("f8")}\u0089\u0088\u0087R(K\u0003{Word("<")}NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\u0000tbc_codecs\nencode\n{Word("x")}{Word("latin1")}\u0086R\u0086R";
        using var file = CraftedZip.Torch(Whole(
            $"}}({Word("w")}{Tensor()}{Word("args")}{args}{Word("best")}{scalar}{Word("device")}ctorch\ndevice\n{Word("cpu")}\u0085Ru")).Read();
        Assert.Equal(["w"], file.Tensors.Keys);
    }

    [Fact]
    public void Tensors_of_a_TorchScript_archive_are_named_by_attribute_path_whatever_its_classes_are_called()
    {
        var inner = $"c__torch__.any.___torch_mangle_9\nThing\n)\u0081}}({Word("weight")}{Tensor()}{Word("training")}\u0089ub";
        var pickle = $"c__torch__\nRoot\n)\u0081}}({Word("visual")}{inner}{Word("sizes")}ctorch.jit._pickle\nbuild_intlist\n](K\u0001K\u0002e\u0085R{Word("size")}{Tensor(Storage("2", 0, "torch\nLongStorage"), 0, [0], [1])}ub";
        using var file = CraftedZip.Torch(Whole(pickle), isTorchScript: true).Read();
        Assert.Equal("TorchScript archive", file.Container);
        Assert.Equal(["size", "visual.weight"], file.Tensors.Keys.Order());
        // Without constants.pkl and code/ beside it the same pickle asks for a stranger's class.
        Assert.Contains("found __torch__.Root", CraftedZip.Torch(Whole(pickle)).Refusal().Message, StringComparison.Ordinal);
        var half = new CraftedZip(("a/data.pkl", Whole(pickle)), ("a/constants.pkl", [1]), ("a/version", "3\n"u8.ToArray()));
        Assert.Contains("found __torch__.Root", half.Refusal().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Protocol_4_is_read()
    {
        // As pickle.dumps(..., protocol=4) writes: frames, short strings, memo by count, names from the stack.
        string Short(string text) => $"\u008c{(char)text.Length}{text}\u0094";
        var storage = $"({Short("storage")}{Short("torch")}{Short("FloatStorage")}\u0093\u0094{Short("0")}{Short("cpu")}K\u0004t\u0094Q";
        var body = $"\u0095{Encoding.Latin1.GetString(CraftedZip.U64(40))}}}\u0094{Short("w")}{Short("torch._utils")}{Short("_rebuild_tensor_v2")}\u0093\u0094({storage}K\u0000K\u0004\u0085K\u0001\u0085\u0089{Short("collections")}{Short("OrderedDict")}\u0093)RtR\u0094s";
        using var file = CraftedZip.Torch(Encoding.Latin1.GetBytes($"\u0080\u0004{body}.")).Read();
        Assert.Equal([1f, 2, 3, 4], file.Tensors["w"].ReadFloats());
    }

    [Fact]
    public void A_parameter_and_a_view_of_a_view_are_tensors()
    {
        var parameter = $"ctorch._utils\n_rebuild_parameter\n{Tensor()}\u0088{OrderedDict}\u0087R";
        using var file = CraftedZip.Torch(Whole(
            $"}}({Word("p")}{parameter}{Word("t")}{Tensor(Storage(), 0, [2, 2], [1, 2])}{Word("s")}{Tensor(Storage(), 1, [1, 2], [9, 2])}u")).Read();
        Assert.Equal([1f, 2, 3, 4], file.Tensors["p"].ReadFloats());
        Assert.Equal([1f, 3, 2, 4], file.Tensors["t"].ReadFloats());
        Assert.Equal([2f, 4], file.Tensors["s"].ReadFloats());
    }

    private static CraftedZip Two(string first, int firstCount, string second, int secondCount) =>
        CraftedZip.Torch(Whole($"{Storage("1", firstCount, first)}{Storage("1", secondCount, second)}\u0086"));

    // A sixth record is promised and begins; names are long enough that six could be there.
    private static CraftedZip CutDirectory()
    {
        var zip = new CraftedZip([.. Enumerable.Range(0, 5).Select(i => ($"a/{i}{new string('x', 50)}", new byte[] { 1 }))]);
        return zip.Put(zip.End + 8, 6, 0, 6, 0).Put(zip.End + 12, (uint)(zip.End - zip.Directory + 4))
            .Insert(zip.End, [.. "PK\u0001\u0002"u8]);
    }

    private static CraftedZip WithRecord(string name, string content) => new(
        ("a/data.pkl", Whole(Dictionary(Tensor()))), ("a/data/0", new byte[16]), (name, Encoding.Latin1.GetBytes(content)),
        (name == "a/version" ? "a/x" : "a/version", "3\n"u8.ToArray()));

    private static CraftedZip Compressed(string name)
    {
        var zip = Sound;
        return zip.Put(zip.Central(name) + 10, 8).Put(zip.Local(name) + 8, 8);
    }

    // The first record's bytes hold the second's header and bytes.
    private static CraftedZip Overlapping()
    {
        var inner = new CraftedZip(("a/y", [7]));
        var zip = new CraftedZip(("a/x", inner.Bytes[..inner.Directory]), ("a/y", [7]));
        return zip.Put(zip.Central("a/y") + 42, (uint)zip.Local("a/x") + 30 + 3);
    }
}
