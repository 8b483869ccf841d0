using ClipSharp.Testing.Odd;
using ClipSharp.Weights;
using static ClipSharp.Tests.Weights.PyTorch.PickleText;

namespace ClipSharp.Tests.Weights.PyTorch;

/// <summary>Damaged files of PyTorch's are read or refused, whatever was damaged.</summary>
public sealed class TorchMutantTests
{
    private static readonly string Pickle =
        $"}}({Word("epoch")}K\u0003{Word("state_dict")}{OrderedDict}({Word("module.w")}{Tensor()}q\u0001{Word("module.t")}" +
        $"{Tensor(Storage(), 0, [2, 2], [1, 2])}{Word("module.h")}{Tensor(Storage("1", 2, "torch\nHalfStorage"), 0, [2, 3], [1, 0])}" +
        $"{Word("module.p")}ctorch._utils\n_rebuild_parameter\nh\u0001\u0088{OrderedDict}\u0087Ru}}{Word("_metadata")}{OrderedDict}sb" +
        $"{Word("optimizer")}](}}NG?\u00e0\u0000\u0000\u0000\u0000\u0000\u0000\u0088\u0089{Word("lr")}{Integer(1L << 40)}\u0086\u0085)e" +
        $"{Word("args")}cargparse\nNamespace\n)\u0081}}{Word("a")}M\u0001\u0002sbu";

    [Fact]
    public void Mutants_of_a_zip_are_read_or_refused()
    {
        using var stream = new MemoryStream();
        TorchArchiveWriter.Write(stream,
        [
            new NamedTensor("visual.proj", TensorType.F32, [2, 3], new byte[24]),
            new NamedTensor("half", TensorType.F16, [7], new byte[14]),
            new NamedTensor("scale", TensorType.F64, [], new byte[8]),
            new NamedTensor("none", TensorType.I64, [0, 4], Array.Empty<byte>()),
        ]);
        Check(Mutations.Run(stream.ToArray(), ReadAll, count: 10_000), 15);
    }

    // Checksums that fit, so that the pickle itself is met.
    [Fact]
    public void Mutants_of_a_pickle_in_a_sound_zip_are_read_or_refused() =>
        Check(Mutations.Run(Whole(Pickle), pickle => ReadAll(CraftedZip.Torch(pickle).Bytes), count: 10_000), 15);

    [Fact]
    public void Mutants_of_a_TorchScript_pickle_are_read_or_refused()
    {
        var inner = $"c__torch__.any\nThing\n)\u0081}}({Word("weight")}{Tensor()}{Word("training")}\u0089ub";
        var pickle = Whole($"c__torch__\nRoot\n)\u0081}}({Word("visual")}{inner}{Word("size")}{Tensor(Storage("2", 0, "torch\nLongStorage"), 0, [0], [1])}ub");
        Check(Mutations.Run(pickle, mutant => ReadAll(CraftedZip.Torch(mutant, isTorchScript: true).Bytes), count: 10_000), 12);
    }

    [Fact]
    public void Mutants_of_the_older_format_are_read_or_refused() =>
        Check(Mutations.Run(Fixtures.Bytes("pickle/legacy.pt"), ReadAll, count: 10_000), 12);

    private static void ReadAll(byte[] bytes)
    {
        using var file = WeightsFile.Parse(bytes, "mutant");
        foreach (var tensor in file.Tensors.Values)
        {
            tensor.Bytes().Span.Count((byte)7);
        }
    }

    private static void Check(MutationReport report, int rules)
    {
        Assert.InRange(report.Accepted, 1, report.Tried - 1);
        Assert.True(report.Refusals.Count >= rules, string.Join("\n", report.Refusals));
    }
}
