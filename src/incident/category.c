/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/category.h"

#include <string.h>

#include "base/err.h"

/*
 * Where a type may belong to two labels of a reporting vocabulary, the first
 * that needs no further condition stands here; the conditions are flags.
 */
const struct category category_list[] = {
	{ "abusive-content/spam", "Spam",
	    "迷惑メール（スパム）", "Abusive Content", "迷惑・有害コンテンツ",
	    "other", "other", false, true },
	{ "abusive-content/harmful-speech", "Harmful Speech",
	    "有害な言動", "Abusive Content", "迷惑・有害コンテンツ",
	    "other", "other", false, true },
	{ "abusive-content/violence", "(Child) Sexual Exploitation/Sexual/Violent Content",
	    "性的・暴力的コンテンツ（児童の性的搾取を含む）", "Abusive Content", "迷惑・有害コンテンツ",
	    "other", "other", false, true },
	{ "malicious-code/infected-system", "Infected System",
	    "感染システム", "Malicious Code", "悪意のあるコード",
	    "other", "other", false, true },
	{ "malicious-code/c2-server", "C2 Server",
	    "C2サーバー", "Malicious Code", "悪意のあるコード",
	    "malware", "intrusion", false, true },
	{ "malicious-code/malware-distribution", "Malware Distribution",
	    "マルウェア配布", "Malicious Code", "悪意のあるコード",
	    "malware", "intrusion", false, true },
	{ "malicious-code/malware-configuration", "Malware Configuration",
	    "マルウェア設定ファイル", "Malicious Code", "悪意のあるコード",
	    "malware", "intrusion", false, true },
	{ "information-gathering/scanner", "Scanning",
	    "スキャン", "Information Gathering", "情報収集",
	    "scan", "scan", false, true },
	{ "information-gathering/sniffing", "Sniffing",
	    "盗聴（スニッフィング）", "Information Gathering", "情報収集",
	    "other", "intrusion", false, true },
	{ "information-gathering/social-engineering", "Social Engineering",
	    "ソーシャルエンジニアリング", "Information Gathering", "情報収集",
	    "targeted", "other", false, true },
	{ "intrusion-attempts/ids-alert", "Exploitation of Known Vulnerabilities",
	    "既知の脆弱性の悪用", "Intrusion Attempts", "侵入の試み",
	    "scan", "scan", false, true },
	{ "intrusion-attempts/brute-force", "Login Attempts",
	    "ログイン試行", "Intrusion Attempts", "侵入の試み",
	    "scan", "scan", false, true },
	{ "intrusion-attempts/exploit", "New Attack Signature",
	    "未知の攻撃手法", "Intrusion Attempts", "侵入の試み",
	    "scan", "scan", false, true },
	{ "intrusions/privileged-account-compromise", "Privileged Account Compromise",
	    "特権アカウントの侵害", "Intrusions", "侵入",
	    "other", "intrusion", true, true },
	{ "intrusions/unprivileged-account-compromise", "Unprivileged Account Compromise",
	    "一般アカウントの侵害", "Intrusions", "侵入",
	    "other", "intrusion", true, true },
	{ "intrusions/application-compromise", "Application Compromise",
	    "アプリケーションの侵害", "Intrusions", "侵入",
	    "other", "intrusion", true, true },
	{ "intrusions/system-compromise", "System Compromise",
	    "システムの侵害", "Intrusions", "侵入",
	    "other", "intrusion", true, true },
	{ "intrusions/burglary", "Burglary",
	    "物理的侵入", "Intrusions", "侵入",
	    "other", "other", false, true },
	{ "availability/dos", "Denial of Service",
	    "サービス運用妨害（DoS）", "Availability", "可用性の侵害",
	    "dos", "dos", false, true },
	{ "availability/ddos", "Distributed Denial of Service",
	    "分散型サービス運用妨害（DDoS）", "Availability", "可用性の侵害",
	    "dos", "dos", false, true },
	{ "availability/misconfiguration", "Misconfiguration",
	    "設定不備", "Availability", "可用性の侵害",
	    "other", "other", false, true },
	{ "availability/sabotage", "Sabotage",
	    "妨害行為", "Availability", "可用性の侵害",
	    "other", "other", false, true },
	{ "availability/outage", "Outage",
	    "障害・停止", "Availability", "可用性の侵害",
	    "other", "other", false, true },
	{ "information-content-security/unauthorised-information-access", "Unauthorised Access to Information",
	    "情報への不正アクセス", "Information Content Security", "情報の保護",
	    "other", "intrusion", false, true },
	{ "information-content-security/unauthorised-information-modification", "Unauthorised Modification of Information",
	    "情報の改ざん", "Information Content Security", "情報の保護",
	    "other", "intrusion", true, true },
	{ "information-content-security/data-loss", "Data Loss",
	    "データの消失・紛失", "Information Content Security", "情報の保護",
	    "other", "other", false, true },
	{ "information-content-security/data-leak", "Leak of Confidential Information",
	    "機密情報の漏えい", "Information Content Security", "情報の保護",
	    "other", "intrusion", false, true },
	{ "fraud/unauthorised-use-of-resources", "Unauthorised Use of Resources",
	    "リソースの不正使用", "Fraud", "詐欺",
	    "other", "abuse", false, true },
	{ "fraud/copyright", "Copyright",
	    "著作権侵害", "Fraud", "詐欺",
	    "other", "other", false, true },
	{ "fraud/masquerade", "Masquerade",
	    "なりすまし", "Fraud", "詐欺",
	    "other", "forged", false, true },
	{ "fraud/phishing", "Phishing",
	    "フィッシング", "Fraud", "詐欺",
	    "phishing", "intrusion", false, true },
	{ "vulnerable/weak-crypto", "Weak Cryptography",
	    "弱い暗号", "Vulnerable", "脆弱な状態",
	    "other", "other", false, true },
	{ "vulnerable/ddos-amplifier", "DDoS Amplifier",
	    "DDoSの踏み台（増幅器）", "Vulnerable", "脆弱な状態",
	    "other", "abuse", false, true },
	{ "vulnerable/potentially-unwanted-accessible", "Potentially Unwanted Accessible Services",
	    "意図せず公開された可能性のあるサービス", "Vulnerable", "脆弱な状態",
	    "other", "other", false, true },
	{ "vulnerable/information-disclosure", "Information disclosure",
	    "情報の露呈", "Vulnerable", "脆弱な状態",
	    "other", "other", false, true },
	{ "vulnerable/vulnerable-system", "Vulnerable System",
	    "脆弱なシステム", "Vulnerable", "脆弱な状態",
	    "other", "other", false, true },
	{ "other/other", "Uncategorised",
	    "未分類", "Other", "その他",
	    "other", "other", false, true },
	{ "other/undetermined", "Undetermined",
	    "判別不能", "Other", "その他",
	    "other", "other", false, true },
	{ "test/test", "Test",
	    "テスト", "Test", "テスト",
	    "other", "other", false, false },
};
const size_t category_count = COUNT(category_list);

struct name {
	const char *key, *en, *ja;
};

static const struct name names_now[] = {
	{ "phishing", "Phishing site", "フィッシングサイト" },
	{ "defacement", "Website defacement", "Webサイト改ざん" },
	{ "malware", "Malware site", "マルウェアサイト" },
	{ "scan", "Scan", "スキャン" },
	{ "dos", "DoS/DDoS", "DoS/DDoS" },
	{ "ics", "Control system (ICS) related", "制御システム関連インシデント" },
	{ "targeted", "Targeted attack (APT)", "標的型攻撃" },
	{ "other", "Other", "その他" },
};
const char *const category_now_keys[] = { "phishing", "defacement", "malware", "scan", "dos", "ics",
	"targeted", "other", NULL };

/* The bracketed word is part of the label. */
static const struct name names_2007[] = {
	{ "scan", "[Scan] Probes, scans, and other suspicious access",
	    "[Scan] プローブ、スキャン、そのほかの不審なアクセス" },
	{ "abuse", "[Abuse] Misuse of a server program's functions, such as relaying",
	    "[Abuse] サーバープログラムの機能を使用した不正中継など" },
	{ "forged", "[Forged] Mail with forged headers",
	    "[Forged] 送信ヘッダを詐称した電子メールの配送" },
	{ "intrusion", "[Intrusion] Break-in to a system", "[Intrusion] システムへの侵入" },
	{ "dos", "[DoS] Attacks that lead to denial of service",
	    "[DoS] サービス運用妨害につながる攻撃" },
	{ "other", "[Other] Other", "[Other] その他" },
};
const char *const category_2007_keys[] = { "scan", "abuse", "forged", "intrusion", "dos", "other",
	NULL };

static const struct {
	const char *door;
	struct category_preset preset;
} doors[] = {
	{ "phishing", { .rsit = "fraud/phishing" } },
	{ "defacement",
	    { .rsit = "information-content-security/unauthorised-information-modification",
		.content_changed = true } },
	{ "malware", { .rsit = "malicious-code/infected-system" } },
	{ "intrusion", { .rsit = "intrusions/system-compromise" } },
	{ "leak", { .rsit = "information-content-security/data-leak" } },
	{ "dos", { .rsit = "availability/dos" } },
	{ "scan", { .rsit = "information-gathering/scanner" } },
	{ "targeted", { .rsit = "information-gathering/social-engineering", .targeted = true } },
	{ "ics", { .rsit = "other/undetermined", .ics = true } },
	{ "other", { .rsit = "other/other" } },
};

const struct category *
category_find(const char *rsit)
{
	for (size_t i = 0; rsit != NULL && i < category_count; i++) {
		if (strcmp(category_list[i].rsit, rsit) == 0)
			return &category_list[i];
	}
	return NULL;
}

const char *
category_label(enum lang l, const char *rsit)
{
	const struct category *c = category_find(rsit);

	if (c == NULL)
		return rsit == NULL ? "" : rsit;
	return l == LANG_JA ? c->ja : c->en;
}

struct category_labels
category_derive(const char *rsit, bool ics, bool targeted, bool content_changed)
{
	const struct category *c = category_find(rsit);
	struct category_labels labels = { "other", "other" };

	if (c != NULL)
		labels = (struct category_labels){ c->now, c->of_2007 };
	if (ics)
		labels.now = "ics";
	else if (targeted)
		labels.now = "targeted";
	else if (content_changed && c != NULL && c->content)
		labels.now = "defacement";
	return labels;
}

static const char *
name_in(const struct name *names, size_t n, enum lang l, const char *key)
{
	for (size_t i = 0; key != NULL && i < n; i++) {
		if (strcmp(names[i].key, key) == 0)
			return l == LANG_JA ? names[i].ja : names[i].en;
	}
	return key == NULL ? "" : key;
}

const char *
category_now_label(enum lang l, const char *key)
{
	return name_in(names_now, COUNT(names_now), l, key);
}

const char *
category_2007_label(enum lang l, const char *key)
{
	return name_in(names_2007, COUNT(names_2007), l, key);
}

struct category_preset
category_of_door(const char *door)
{
	for (size_t i = 0; door != NULL && i < COUNT(doors); i++) {
		if (strcmp(doors[i].door, door) == 0)
			return doors[i].preset;
	}
	return (struct category_preset){ .rsit = "other/undetermined" };
}
