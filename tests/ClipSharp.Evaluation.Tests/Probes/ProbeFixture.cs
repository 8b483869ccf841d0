using System.Runtime.InteropServices;
using ClipSharp.Evaluation.Probes;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Tests.Probes;

/// <summary>800 training rows and 400 test rows of 32 numbers and 7 classes, with scikit-learn's classifiers and the exact
/// optima.</summary>
internal sealed class ProbeFixture : IDisposable
{
    private const int TrainRows = 800;
    private const int Classes = 7;

    private readonly SafetensorsFile _tensors = Fixtures.OpenSafetensors("prob/fixture.safetensors");

    public ProbeFixture()
    {
        var features = new Embeddings(_tensors.ReadFloats("features"), (int)_tensors.Tensors["features"].Shape[1]);
        int[] labels = [.. MemoryMarshal.Cast<byte, long>(_tensors.Bytes("labels")).ToArray().Select(label => (int)label)];
        var all = new ProbeSet(features, new ClassTargets(labels, Classes));
        Train = all.Take([.. Enumerable.Range(0, TrainRows)]);
        TestFeatures = features.Rows([.. Enumerable.Range(TrainRows, features.Count - TrainRows)]);
        TestTargets = new ClassTargets(labels[TrainRows..], Classes);
    }

    public ProbeSet Train { get; }

    public Embeddings TestFeatures { get; }

    public ClassTargets TestTargets { get; }

    /// <summary>Of "sklearn" or "optimum".</summary>
    public LinearClassifier Classifier(string of, string c) =>
        new(Numbers($"{of}/C={c}/coefficients"), Numbers($"{of}/C={c}/intercepts"), exclusive: true);

    public double[] Probabilities(string of, string c) => Numbers($"{of}/C={c}/probabilities");

    public void Dispose() => _tensors.Dispose();

    private double[] Numbers(string name) => _tensors.Tensors[name].Type == TensorType.F64
        ? MemoryMarshal.Cast<byte, double>(_tensors.Bytes(name)).ToArray()
        : [.. _tensors.ReadFloats(name).Select(number => (double)number)];
}
