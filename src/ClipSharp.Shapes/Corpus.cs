using ClipSharp.Shapes.Scenes;

namespace ClipSharp.Shapes;

/// <summary>The built-in corpus: coloured, textured shapes with true captions. Sample i of a split is a pure function of
/// (seed, split, i). Some combinations of texture, colour and outline are held out of training, to see whether a model names
/// what it never saw by its parts.</summary>
internal sealed class Corpus
{
    private readonly long _seed;
    private readonly double _pairProb;
    private readonly SceneGenerator _seen;

    /// <param name="seed">Decides everything.</param>
    /// <param name="pairProb">How often a picture shows two shapes, 0 to 1.</param>
    public Corpus(long seed, double pairProb)
    {
        (_seed, _pairProb) = (seed, pairProb);
        HeldOut = HeldOutDesign.Choose(seed);
        _seen = new SceneGenerator([.. Combination.All.Except(HeldOut)]);
    }

    /// <summary>The combinations that no training picture and no training caption shows.</summary>
    public IReadOnlyList<Combination> HeldOut { get; }

    /// <summary>The i-th sample of a split.</summary>
    public (Scene Scene, IReadOnlyList<string> Captions) Sample(CorpusSplit split, int index)
    {
        var random = new RandomStream(_seed, RandomPurpose.Synthesis, (long)split, index);
        var scene = split == CorpusSplit.Heldout
            ? SceneGenerator.Single(HeldOut[index % HeldOut.Count], ref random)
            : _seen.Any(_pairProb, ref random);
        return (scene, CaptionWriter.Write(scene, isComplete: split == CorpusSplit.Val, ref random));
    }
}
