using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>The rival at work, as open_clip would call it: floats normalised in a pass of their own, weights as they are trained,
/// all tokens.</summary>
internal static class PlainWork
{
    public static PlainClip Model(ModelConfig config, string format)
    {
        var model = new PlainClip(config);
        model.to(ProductFloor.TypeOf(format));
        return model;
    }

    public static Action Pictures(PlainClip model, string format, PixelBatch pixels) => Quietly(() =>
    {
        var features = model.EncodeImages(Normalised(pixels, ProductFloor.TypeOf(format)));
        features.to(float32).data<float>().ToArray(); // as the encoders give them
    });

    public static Action Texts(PlainClip model, TokenBatch tokens) => Quietly(() =>
    {
        var features = model.EncodeTexts(Ids(tokens, tokens.ContextLength));
        features.to(float32).data<float>().ToArray();
    });

    public static Action Training(ModelConfig config, string format, PixelBatch pixels, TokenBatch tokens)
    {
        var model = Model(config, format);
        var optimizer = optim.AdamW(model.parameters(), 1e-4, 0.9, 0.98, 1e-6, 0.2);
        return () =>
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = model.forward(Normalised(pixels, ProductFloor.TypeOf(format)), Ids(tokens, tokens.EndPositions.Max() + 1));
            loss.backward();
            optimizer.step();
            loss.ToDouble();
        };
    }

    private static Action Quietly(Action work) => () =>
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        work();
    };

    private static Tensor Ids(TokenBatch tokens, int length) =>
        tensor(tokens.Ids, [tokens.Count, tokens.ContextLength], ScalarType.Int64).narrow(1, 0, length).contiguous();

    private static Tensor Normalised(PixelBatch pixels, ScalarType type)
    {
        var mean = tensor(new[] { 0.48f, 0.46f, 0.41f }).view(1, 3, 1, 1);
        var deviation = tensor(new[] { 0.27f, 0.26f, 0.28f }).view(1, 3, 1, 1);
        return ((ClipModel.ToTensor(pixels).to(ScalarType.Float32) / 255 - mean) / deviation).to(type);
    }
}
