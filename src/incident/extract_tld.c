/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The country codes of ISO 3166 that are domains, the general domains that
 * reports really name, and the reserved ones of RFC 2606 that exercises use.
 * Not the whole root zone: "java.util.List" must not become a host.
 */
#include "incident/extract.h"

#include <stdlib.h>

/* In order of bytes: searched by halves. */
static const char *const known[] = {
	"ac", "academy", "accountant", "accountants", "actor", "ad", "ae", "af", "ag", "agency",
	"ai", "al", "am", "ao", "app", "aq", "ar", "arpa", "art", "as", "asia", "associates",
	"at", "attorney", "au", "auction", "audio", "auto", "aw", "ax", "az", "ba", "baby",
	"band", "bank", "bb", "bd", "be", "beauty", "beer", "bet", "bf", "bg", "bh", "bi",
	"bid", "bike", "bio", "biz", "bj", "black", "blog", "blue", "bm", "bn", "bo", "boats",
	"bond", "boutique", "br", "bs", "bt", "builders", "business", "buzz", "bw", "by", "bz",
	"ca", "cab", "cafe", "cam", "camera", "capital", "cards", "care", "career", "cash",
	"casino", "cat", "cc", "cd", "center", "cf", "cfd", "cg", "ch", "chat", "cheap",
	"church", "ci", "city", "ck", "cl", "claims", "click", "clinic", "cloud", "club", "cm",
	"cn", "co", "codes", "coffee", "college", "com", "community", "company", "computer",
	"condos", "construction", "contact", "contractors", "cool", "coop", "country", "coupons",
	"cr", "credit", "cu", "cv", "cw", "cx", "cy", "cyou", "cz", "dance", "date", "dating",
	"de", "deals", "delivery", "democrat", "dental", "design", "dev", "digital", "direct",
	"directory", "discount", "dj", "dk", "dm", "do", "dog", "domains", "download", "dz",
	"earth", "ec", "edu", "education", "ee", "eg", "email", "energy", "engineer",
	"engineering", "enterprises", "er", "es", "estate", "et", "eu", "events", "example",
	"exchange", "expert", "express", "fail", "faith", "family", "fan", "fans", "farm",
	"fashion", "fi", "finance", "financial", "fish", "fit", "fitness", "fj", "fk", "flights",
	"florist", "fm", "fo", "football", "forex", "forsale", "foundation", "fr", "fun", "fund",
	"furniture", "futbol", "fyi", "ga", "gallery", "game", "games", "garden", "gd", "ge",
	"gf", "gg", "gh", "gi", "gift", "gifts", "gives", "gl", "glass", "global", "gm", "gn",
	"gold", "golf", "google", "gov", "gp", "gq", "gr", "graphics", "gratis", "green",
	"group", "gs", "gt", "gu", "guide", "guru", "gw", "gy", "hair", "health", "healthcare",
	"help", "hiphop", "hk", "hm", "hn", "hockey", "holdings", "holiday", "homes", "horse",
	"hospital", "host", "hosting", "house", "hr", "ht", "hu", "icu", "id", "ie", "il", "im",
	"immo", "in", "industries", "info", "ink", "institute", "insurance", "insure", "int",
	"international", "invalid", "investments", "io", "iq", "ir", "is", "it", "je", "jetzt",
	"jewelry", "jm", "jo", "jobs", "jp", "ke", "kg", "kh", "ki", "kim", "kitchen", "km",
	"kn", "kp", "kr", "kw", "ky", "kyoto", "kz", "la", "lat", "law", "lawyer", "lb", "lc",
	"lease", "legal", "li", "life", "lighting", "limited", "limo", "link", "live", "lk",
	"llc", "loan", "loans", "lol", "london", "love", "lr", "ls", "lt", "ltd", "lu", "luxe",
	"lv", "ly", "ma", "maison", "makeup", "management", "market", "marketing", "mba", "mc",
	"md", "me", "media", "memorial", "men", "menu", "mg", "mh", "mil", "mk", "ml", "mm",
	"mn", "mo", "mobi", "moda", "moe", "mom", "money", "monster", "mortgage", "motorcycles",
	"mov", "mp", "mq", "mr", "ms", "mt", "mu", "museum", "mv", "mw", "mx", "my", "mz", "na",
	"nagoya", "name", "nc", "ne", "net", "network", "news", "nf", "ng", "ni", "ninja", "nl",
	"no", "np", "nr", "nu", "nz", "observer", "okinawa", "om", "one", "onion", "online",
	"ooo", "org", "osaka", "pa", "page", "partners", "parts", "party", "pe", "pet", "pf",
	"pg", "ph", "photo", "photography", "photos", "pics", "pictures", "pink", "pizza", "pk",
	"pl", "plumbing", "plus", "pm", "pn", "poker", "porn", "post", "pr", "press", "pro",
	"productions", "promo", "properties", "property", "ps", "pt", "pub", "pw", "py", "qa",
	"quest", "racing", "re", "realty", "recipes", "red", "rehab", "rent", "rentals",
	"repair", "report", "republican", "rest", "restaurant", "review", "reviews", "rip", "ro",
	"rocks", "rodeo", "rs", "ru", "run", "rw", "sa", "sale", "salon", "sb", "sbs", "sc",
	"school", "science", "sd", "se", "security", "select", "services", "sexy", "sg", "sh",
	"shiksha", "shoes", "shop", "shopping", "show", "si", "singles", "site", "sk", "ski",
	"skin", "sl", "sm", "sn", "so", "soccer", "social", "software", "solar", "solutions",
	"space", "sr", "ss", "st", "storage", "store", "stream", "studio", "study", "style",
	"su", "sucks", "supplies", "supply", "support", "surf", "surgery", "sv", "sx", "sy",
	"systems", "sz", "tattoo", "tax", "taxi", "tc", "td", "team", "tech", "technology",
	"tel", "tennis", "test", "tf", "tg", "th", "theater", "tickets", "tienda", "tips",
	"tires", "tj", "tk", "tl", "tm", "tn", "to", "today", "tokyo", "tools", "top", "tours",
	"town", "toys", "tr", "trade", "trading", "training", "travel", "tt", "tube", "tv", "tw",
	"tz", "ua", "ug", "uk", "university", "uno", "us", "uy", "uz", "va", "vacations", "vc",
	"ve", "ventures", "vet", "vg", "vi", "viajes", "video", "villas", "vin", "vip", "vision",
	"vn", "vodka", "vote", "voyage", "vu", "wales", "wang", "watch", "webcam", "website",
	"wedding", "wf", "wiki", "win", "wine", "work", "works", "world", "ws", "wtf", "xin",
	"xxx", "xyz", "yachts", "ye", "yoga", "yokohama", "yt", "za", "zip", "zm", "zone", "zw",
};

static const char *const suffixes[] = {
	"bz", "cab", "cc", "md", "mk", "ml", "mm", "mov", "pl", "pm", "ps", "py", "rs", "sh",
	"so", "zip",
};

static int
compare(const void *key, const void *row)
{
	return str_compare(*(const struct str *)key, str_of(*(const char *const *)row));
}

bool
extract_tld_known(struct str label)
{
	if (str_starts(label, STR("xn--")))
		return true;
	return bsearch(&label, known, COUNT(known), sizeof(known[0]), compare) != NULL;
}

bool
extract_tld_is_suffix(struct str label)
{
	return bsearch(&label, suffixes, COUNT(suffixes), sizeof(suffixes[0]), compare) != NULL;
}
