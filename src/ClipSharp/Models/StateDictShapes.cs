namespace ClipSharp.Models;

/// <summary>A tensor that a model has.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="IsBuffer">Whether it is a batch norm's statistic, not a parameter.</param>
public sealed record StateDictEntry(string Name, long[] Shape, bool IsBuffer = false);

/// <summary>Every key of a model's state dict, named and ordered as openai/CLIP and open_clip have them
/// (<c>model.py</c> of openai/CLIP).</summary>
public static class StateDictShapes
{
    /// <summary>The tensors of a model.</summary>
    /// <param name="config">The model; validated.</param>
    public static IReadOnlyList<StateDictEntry> Of(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var (vision, text, embed) = (config.Vision, config.Text, config.EmbedDim);
        var list = new List<StateDictEntry>
        {
            new("positional_embedding", [text.ContextLength, text.Width]),
            new("text_projection", [text.Width, embed]),
            new("logit_scale", []),
        };
        if (config.InitLogitBias is not null)
        {
            list.Add(new("logit_bias", []));
        }

        if (vision.IsResNet)
        {
            AddResNet(list, vision, embed);
        }
        else
        {
            AddViT(list, vision, embed);
        }

        AddTransformer(list, "transformer.", text.Layers, text.Width, text.MlpWidth);
        list.Add(new("token_embedding.weight", [text.VocabSize, text.Width]));
        AddNorm(list, "ln_final", text.Width);
        return list;
    }

    private static void AddViT(List<StateDictEntry> list, VisionConfig vision, int embed)
    {
        var patch = vision.PatchSize!.Value;
        list.Add(new("visual.class_embedding", [vision.Width]));
        list.Add(new("visual.positional_embedding", [((long)vision.Grid * vision.Grid) + 1, vision.Width]));
        list.Add(new("visual.proj", [vision.Width, embed]));
        list.Add(new("visual.conv1.weight", [vision.Width, 3, patch, patch]));
        AddNorm(list, "visual.ln_pre", vision.Width);
        AddTransformer(list, "visual.transformer.", vision.Layers[0], vision.Width, vision.MlpWidth);
        AddNorm(list, "visual.ln_post", vision.Width);
    }

    private static void AddTransformer(List<StateDictEntry> list, string prefix, int layers, int width, int mlpWidth)
    {
        for (var i = 0; i < layers; i++)
        {
            var block = $"{prefix}resblocks.{i}.";
            list.Add(new(block + "attn.in_proj_weight", [3L * width, width]));
            list.Add(new(block + "attn.in_proj_bias", [3L * width]));
            AddLinear(list, block + "attn.out_proj", width, width);
            AddNorm(list, block + "ln_1", width);
            AddLinear(list, block + "mlp.c_fc", width, mlpWidth);
            AddLinear(list, block + "mlp.c_proj", mlpWidth, width);
            AddNorm(list, block + "ln_2", width);
        }
    }

    private static void AddResNet(List<StateDictEntry> list, VisionConfig vision, int embed)
    {
        var width = vision.Width;
        AddConvolution(list, "visual.conv1", "visual.bn1", 3, width / 2, 3);
        AddConvolution(list, "visual.conv2", "visual.bn2", width / 2, width / 2, 3);
        AddConvolution(list, "visual.conv3", "visual.bn3", width / 2, width, 3);
        var inputs = width;
        for (var stage = 0; stage < vision.Layers.Count; stage++)
        {
            var planes = width << stage;
            for (var i = 0; i < vision.Layers[stage]; i++)
            {
                var block = $"visual.layer{stage + 1}.{i}.";
                AddConvolution(list, block + "conv1", block + "bn1", inputs, planes, 1);
                AddConvolution(list, block + "conv2", block + "bn2", planes, planes, 3);
                AddConvolution(list, block + "conv3", block + "bn3", planes, 4 * planes, 1);
                if (i == 0)
                {
                    // Always: no stage keeps the width (the first goes from w to 4w) or the resolution.
                    AddConvolution(list, block + "downsample.0", block + "downsample.1", inputs, 4 * planes, 1);
                }

                inputs = 4 * planes;
            }
        }

        var features = vision.FeatureWidth;
        list.Add(new("visual.attnpool.positional_embedding", [((long)vision.Grid * vision.Grid) + 1, features]));
        AddLinear(list, "visual.attnpool.k_proj", features, features);
        AddLinear(list, "visual.attnpool.q_proj", features, features);
        AddLinear(list, "visual.attnpool.v_proj", features, features);
        AddLinear(list, "visual.attnpool.c_proj", features, embed);
    }

    private static void AddConvolution(List<StateDictEntry> list, string name, string norm, int inputs, int outputs, int kernel)
    {
        list.Add(new(name + ".weight", [outputs, inputs, kernel, kernel]));
        AddNorm(list, norm, outputs);
        list.Add(new(norm + ".running_mean", [outputs], IsBuffer: true));
        list.Add(new(norm + ".running_var", [outputs], IsBuffer: true));
        list.Add(new(norm + ".num_batches_tracked", [], IsBuffer: true));
    }

    private static void AddLinear(List<StateDictEntry> list, string name, int inputs, int outputs)
    {
        list.Add(new(name + ".weight", [outputs, inputs]));
        list.Add(new(name + ".bias", [outputs]));
    }

    private static void AddNorm(List<StateDictEntry> list, string name, int width)
    {
        list.Add(new(name + ".weight", [width]));
        list.Add(new(name + ".bias", [width]));
    }
}
