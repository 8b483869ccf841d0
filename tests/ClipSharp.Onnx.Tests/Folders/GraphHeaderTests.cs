using System.Runtime.InteropServices;
using System.Text;
using ClipSharp.Onnx.Folders;
using ClipSharp.Onnx.Graphs;
using ClipSharp.Testing.Odd;
using ClipSharp.Weights;

namespace ClipSharp.Onnx.Tests.Folders;

/// <summary>What a stranger's graph may not say.</summary>
public sealed class GraphHeaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mutants_of_graphs_are_read_or_refused_in_bounded_memory()
    {
        var path = Write(mostInside: long.MaxValue);
        var inside = Mutations.Run(File.ReadAllBytes(path), bytes => GraphHeader.Parse(bytes, path), count: 10_000);
        Assert.InRange(inside.Accepted, 1, inside.Tried - 1);
        Assert.True(inside.Refusals.Count >= 2, string.Join("\n", inside.Refusals));

        path = Write(mostInside: 0);
        var outside = Mutations.Run(File.ReadAllBytes(path), bytes => GraphHeader.Parse(bytes, path), count: 10_000, seed: 2);
        Assert.True(outside.Refusals.Count >= 3, string.Join("\n", outside.Refusals));
    }

    [Fact]
    public void Mutants_of_a_foreign_graph_are_read_or_refused_in_bounded_memory()
    {
        var path = SharedFiles.Fixture("vit-tiny/onnx_export/onnx/text_model_quantized.onnx");
        Mutations.Run(File.ReadAllBytes(path), bytes => GraphHeader.Parse(bytes, path), count: 1_000);
    }

    [Fact]
    public void Weights_in_another_file_are_named_and_those_inside_are_none()
    {
        Assert.Equal(["graph.onnx.data"], GraphHeader.Read(Write(mostInside: 0)).DataFiles);
        Assert.Empty(GraphHeader.Read(Write(mostInside: long.MaxValue)).DataFiles);
    }

    [Theory]
    [InlineData("../raph.onnx.da", "weights in ../raph.onnx.da, expected the name of a file beside it")]
    [InlineData("/etc/machine-id", "weights in /etc/machine-id")]
    [InlineData("C:\\weights.data", "weights in C:\\weights.data")]
    [InlineData("*/_ORT_MEM_ADD", "weights in */_ORT_MEM_ADD")] // so the runtime names memory
    [InlineData("..", "weights in .., expected")]
    [InlineData("", "weights in , expected")]
    [InlineData("other.onnx.data", "Weights of the ONNX model are missing")]
    public void Weights_stay_in_the_folder(string location, string words)
    {
        var path = _folder["evil.onnx"];
        WriteReference(path, location, offset: "0", length: "16");
        Assert.Contains(words, Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_out_of_the_folder_is_refused_and_links_of_a_cache_are_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        Directory.CreateDirectory(_folder["blobs"]);
        Directory.CreateDirectory(_folder["snapshot"]);
        WriteReference(_folder["blobs/1"], "w.data", offset: "0", length: "16");
        File.WriteAllBytes(_folder["blobs/2"], new byte[16]);
        File.CreateSymbolicLink(_folder["snapshot/graph.onnx"], "../blobs/1");
        File.CreateSymbolicLink(_folder["snapshot/w.data"], "../blobs/2");
        Assert.Equal(["w.data"], GraphHeader.Read(_folder["snapshot/graph.onnx"]).DataFiles);

        WriteReference(_folder["plain.onnx"], "w.data", offset: "0", length: "16");
        File.CreateSymbolicLink(_folder["w.data"], "blobs/2");
        Assert.Contains("weights in w.data, a link to", Refusal(_folder["plain.onnx"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", "16", null)]
    [InlineData("4", "16", "found 16 bytes")]
    [InlineData("0", "12", "a tensor of 16 at 0, of 12 as")]
    [InlineData("-4", "16", "found 16 bytes")]
    [InlineData("9223372036854775807", "16", "found 16 bytes")]
    [InlineData("x", "16", "found 16 bytes")]
    public void A_tensor_lies_whole_in_its_file(string offset, string length, string? words)
    {
        File.WriteAllBytes(_folder["w.data"], new byte[16]);
        WriteReference(_folder["graph.onnx"], "w.data", offset, length);
        if (words is null)
        {
            GraphHeader.Read(_folder["graph.onnx"]);
            return;
        }

        Assert.Contains(words, Refusal(_folder["graph.onnx"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_inside_is_as_long_as_its_shape()
    {
        var message = Model(graph => graph.Message(5, tensor =>
        {
            tensor.Integer(1, 1L << 40);
            tensor.Integer(1, 1L << 40);
            tensor.Integer(2, 1);
            tensor.Bytes(9, new byte[4]);
        }));
        Assert.Contains("elements in 4 bytes", Refusal(message), StringComparison.Ordinal);
    }

    // As in a branch of an If: another runtime would read it from there.
    [Fact]
    public void A_tensor_deep_in_a_node_is_looked_at_too_and_depth_has_an_end()
    {
        Assert.Contains("weights in ../w", Refusal(Model(graph => Nested(graph, 3))), StringComparison.Ordinal);
        Assert.Contains("nested more than 64 deep", Refusal(Model(graph => Nested(graph, 40))), StringComparison.Ordinal);

        static void Nested(ProtobufWriter graph, int depth)
        {
            if (depth == 0)
            {
                graph.Message(5, tensor => Refer(tensor, "../w", "0", "16"));
                return;
            }

            graph.Message(1, node => node.Message(5, attribute => attribute.Message(6, inner => Nested(inner, depth - 1))));
        }
    }

    [Fact]
    public void What_is_no_graph_is_refused()
    {
        File.WriteAllBytes(_folder["empty.onnx"], []);
        Assert.Contains("found 0 bytes", Refusal(_folder["empty.onnx"]), StringComparison.Ordinal);
        Assert.Contains("found no graph", Refusal([0x08, 0x07]), StringComparison.Ordinal);
        Assert.Contains("Not a sound ONNX file", Refusal(Encoding.ASCII.GetBytes("no protobuf")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_larger_than_a_message_can_be_is_refused_before_it_is_read()
    {
        using (var file = File.Create(_folder["huge.onnx"]))
        {
            file.SetLength(1L << 31); // a hole
        }

        Assert.Contains("found 2147483648 bytes, expected 1 to 2147483647", Refusal(_folder["huge.onnx"]), StringComparison.Ordinal);
    }

    private static string Refusal(string path) => Assert.Throws<ClipException>(() => GraphHeader.Read(path)).Message;

    private string Refusal(byte[] model)
    {
        File.WriteAllBytes(_folder["bad.onnx"], model);
        return Refusal(_folder["bad.onnx"]);
    }

    private static void WriteReference(string path, string location, string offset, string length) =>
        File.WriteAllBytes(path, Model(graph => graph.Message(5, tensor => Refer(tensor, location, offset, length))));

    private static void Refer(ProtobufWriter tensor, string location, string offset, string length)
    {
        tensor.Integer(1, 4);
        tensor.Integer(2, 1);
        foreach (var (key, value) in new[] { ("location", location), ("offset", offset), ("length", length) })
        {
            tensor.Message(13, entry =>
            {
                entry.Text(1, key);
                entry.Text(2, value);
            });
        }
    }

    private static byte[] Model(Action<ProtobufWriter> graph)
    {
        var model = new ProtobufWriter();
        model.Message(7, graph);
        return model.Written.ToArray();
    }

    private string Write(long mostInside)
    {
        var graph = new Graph();
        var input = graph.Input("in", TensorType.F32, "batch", 300);
        graph.Output("out", graph.Add("Mul", [input, graph.Constant(new NamedTensor("w", TensorType.F32, [300],
            MemoryMarshal.AsBytes<float>(new float[300]).ToArray()))]), "batch", 300);
        OnnxFile.Write(_folder["graph.onnx"], graph, new Dictionary<string, string> { ["logit_scale"] = "100" }, mostInside);
        return _folder["graph.onnx"];
    }
}
